/* SPDX-License-Identifier: MIT */
#include "cli/command/cli.h"
#include "cli/verb_table.h"
#include "common/kafka/kafka_drop.h"

int main(int argc, char **argv) {
        return kafka_drop_leave((int)cli_main(verb_table, argc, argv));
}
