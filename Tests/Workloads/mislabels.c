// SPDX-License-Identifier: Apache-2.0
/*
 * workload mislabels MILLISECONDS [DEPTH]
 *
 * Uses so much CPU time in functions, each of which the one before it calls. Each has a
 * name of C++ whose arguments double 34 times: written out it has more bytes than there is
 * memory anywhere.
 */
#include "workload.h"

static volatile unsigned long sink;

/* clang-format off: each is a pair of two of the one before. */
#define PAIRS                                                                              \
	"St4pairIiiES_IS0_S0_ES_IS1_S1_ES_IS2_S2_ES_IS3_S3_ES_IS4_S4_ES_IS5_S5_E"          \
	"S_IS6_S6_ES_IS7_S7_ES_IS8_S8_ES_IS9_S9_ES_ISA_SA_ES_ISB_SB_ES_ISC_SC_ES_ISD_SD_E" \
	"S_ISE_SE_ES_ISF_SF_ES_ISG_SG_ES_ISH_SH_ES_ISI_SI_ES_ISJ_SJ_ES_ISK_SK_ES_ISL_SL_E" \
	"S_ISM_SM_ES_ISN_SN_ES_ISO_SO_ES_ISP_SP_ES_ISQ_SQ_ES_ISR_SR_ES_ISS_SS_ES_IST_ST_E" \
	"S_ISU_SU_ES_ISV_SV_ES_ISW_SW_ES_ISX_SX_E"
/* clang-format on */

#define FUNCTION(number)                                                          \
	__attribute__((noinline, used)) static void mislabelled_##number(         \
		unsigned int depth, long long end) __asm__("_Z3f" #number PAIRS); \
	static void mislabelled_##number(unsigned int depth, long long end)       \
	{                                                                         \
		go_deeper(depth, end);                                            \
		sink++;                                                           \
	}

static void go_deeper(unsigned int depth, long long end);

FUNCTION(00);
FUNCTION(01);
FUNCTION(02);
FUNCTION(03);
FUNCTION(04);
FUNCTION(05);
FUNCTION(06);
FUNCTION(07);
FUNCTION(08);
FUNCTION(09);
FUNCTION(10);
FUNCTION(11);
FUNCTION(12);
FUNCTION(13);
FUNCTION(14);
FUNCTION(15);
FUNCTION(16);
FUNCTION(17);
FUNCTION(18);
FUNCTION(19);
FUNCTION(20);
FUNCTION(21);
FUNCTION(22);
FUNCTION(23);

static void (*const mislabelled[])(unsigned int, long long) = {
	mislabelled_00, mislabelled_01, mislabelled_02, mislabelled_03, mislabelled_04,
	mislabelled_05, mislabelled_06, mislabelled_07, mislabelled_08, mislabelled_09,
	mislabelled_10, mislabelled_11, mislabelled_12, mislabelled_13, mislabelled_14,
	mislabelled_15, mislabelled_16, mislabelled_17, mislabelled_18, mislabelled_19,
	mislabelled_20, mislabelled_21, mislabelled_22, mislabelled_23,
};

__attribute__((noinline)) static void go_deeper(unsigned int depth, long long end)
{
	if (depth) {
		mislabelled[depth - 1](depth - 1, end);
		sink++;
		return;
	}
	while (cpu_time() < end)
		for (unsigned long turn = 0; turn < 20000000; turn++)
			sink = sink * 6364136223846793005ul + turn;
}

static int mislabels(int count, char **arguments)
{
	const unsigned int most = sizeof(mislabelled) / sizeof(mislabelled[0]);
	unsigned int depth = 1;
	long long length;

	if (count != 1 && count != 2)
		usage("mislabels MILLISECONDS [DEPTH]");
	length = number(arguments[0]) * 1000000;
	if (count == 2)
		depth = number(arguments[1]);
	if (depth > most)
		usage("mislabels: at most 24 functions");
	await_go("%d", getpid());
	go_deeper(depth, cpu_time() + length);
	return 0;
}

WORKLOAD(mislabels, mislabels);
