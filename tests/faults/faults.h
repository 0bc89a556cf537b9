/* Kernels and an engine that are wrong on purpose, each in a way that people get wrong. */
#ifndef CUAL_FAULTS_FAULTS_H
#define CUAL_FAULTS_FAULTS_H

#include "model/engine.h"
#include "model/kernel.h"

extern const struct kernel fault_loses_task; /* wrong at R > 1 */
extern const struct kernel fault_races;      /* wrong at T > 1 */
extern const struct kernel fault_drops;      /* wrong at D > 1 */
extern const struct engine fault_mixes_up;   /* wrong at D > 1 */

#endif
