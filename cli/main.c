/* SPDX-License-Identifier: MIT */
#include "cli/command/cli.h"
#include "common/kafka_drop.h"

int main(int argc, char **argv) {
        return kafka_drop_leave((int)cli_main(argc, argv));
}
