/* SPDX-License-Identifier: MIT
 *
 * Writes a neighbourhood as the CSV files of a registry.
 *
 * Thread: main. Blocks: writes the files.
 */
#ifndef VIGIL_CLI_SIM_WORLD_NEIGHBOURHOOD_CSV_H
#define VIGIL_CLI_SIM_WORLD_NEIGHBOURHOOD_CSV_H

#include "cli/sim/world/neighbourhood.h"

/* Write elders.csv, devices.csv, contacts.csv, teams.csv and districts.csv to @dir, which is created if missing.
 * Return: 0 or -errno. */
int neighbourhood_csv_write(const struct neighbourhood *hood, const char *dir);

#endif
