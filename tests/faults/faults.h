/* Kernels and engines that are wrong on purpose, each in a way that people get wrong; and some that
 * are right and take as much as they are told to, so that the answer is known. */
#ifndef CUAL_FAULTS_FAULTS_H
#define CUAL_FAULTS_FAULTS_H

#include "model/engine.h"
#include "model/kernel.h"

/* Wrong at R > 1, at T > 1, at D > 1, everywhere; right, but not as fast on every core. */
#define FAULT_KERNELS(each) each(loses_task) each(races) each(drops) each(forgets) each(limps)

/* At D > 1: wrong; right, but faster than can be. At R > 1: does not begin. */
#define FAULT_ENGINES(each) each(mixes_up) each(hurries) each(stays_out)

/* Right, and told what to take: told.c. */
#define TOLD_KERNELS(each) each(told)
#define TOLD_ENGINES(each) each(told_wait) each(told_device)

/* Stand in for those of the same name: right, unless CUAL_FAULT says that name. Then the waits of
 * the timer end early, and flops skips work where several workers compute. */
#define FAULT_KERNELS_INSTEAD(each) each(flops)
#define FAULT_ENGINES_INSTEAD(each) each(timer)

#define FAULT_DECLARE_KERNEL(name) extern const struct kernel fault_##name;
#define FAULT_DECLARE_ENGINE(name) extern const struct engine fault_##name;
FAULT_KERNELS(FAULT_DECLARE_KERNEL)
FAULT_ENGINES(FAULT_DECLARE_ENGINE)
TOLD_KERNELS(FAULT_DECLARE_KERNEL)
FAULT_KERNELS_INSTEAD(FAULT_DECLARE_KERNEL)
TOLD_ENGINES(FAULT_DECLARE_ENGINE)
FAULT_ENGINES_INSTEAD(FAULT_DECLARE_ENGINE)

#endif
