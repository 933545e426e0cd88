#include "server/crash_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <thread>

#include "base/log.h"

namespace pongo {
namespace {

// In the child of a death test, whose standard error the matcher reads.
void prepare_to_crash() {
    open_log({.file = "/dev/stderr"});
    install_crash_handlers();
}

[[gnu::noinline]] int run_out_of_stack(int depth) {
    volatile char room[4096] = {};
    room[0] = static_cast<char>(depth);
    return depth < 0 ? 0 : run_out_of_stack(depth + 1) + room[0];
}

class CrashReportDeathTest : public testing::Test {
  protected:
    CrashReportDeathTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(CrashReportDeathTest, AnAbortLeavesAReportAndStillKillsTheProcess) {
    EXPECT_EXIT(
        {
            prepare_to_crash();
            std::abort();
        },
        testing::KilledBySignal(SIGABRT),
        testing::AllOf(testing::HasSubstr("=== PONGO BUG REPORT START: Cut & paste starting from here ==="),
                       testing::HasSubstr("crashed by signal: 6, si_code: "),
                       testing::HasSubstr("------ STACK TRACE ------"), testing::HasSubstr("Build: pongo "),
                       testing::HasSubstr("=== PONGO BUG REPORT END.")));
}

TEST_F(CrashReportDeathTest, ABadAccessNamesTheAddressAndTheThread) {
    EXPECT_EXIT(
        {
            prepare_to_crash();
            std::thread([] {
                prctl(PR_SET_NAME, "reactor-7");
                prepare_thread_for_crash();
                // Volatile, so that the compiler cannot know that nothing is there.
                volatile std::uintptr_t address = 0x10;
                *reinterpret_cast<volatile int*>(address) = 1;  // NOLINT
            }).join();
        },
        testing::KilledBySignal(SIGSEGV),
        testing::AllOf(testing::HasSubstr("crashed by signal: 11"),
                       testing::HasSubstr("Accessing address: 0x10\n"),
                       testing::HasSubstr("Current thread: reactor-7")));
}

TEST_F(CrashReportDeathTest, RunningOutOfStackIsReported) {
    EXPECT_EXIT(
        {
            prepare_to_crash();
            std::exit(run_out_of_stack(0) == 1);
        },
        testing::KilledBySignal(SIGSEGV), testing::HasSubstr("=== PONGO BUG REPORT END."));
}

TEST_F(CrashReportDeathTest, ASignalSentByAnotherProcessNamesTheSender) {
    EXPECT_EXIT(
        {
            prepare_to_crash();
            kill(getpid(), SIGBUS);
        },
        testing::KilledBySignal(SIGBUS), testing::HasSubstr("Sent by PID: "));
}

TEST_F(CrashReportDeathTest, RemovedHandlersReportNothing) {
    EXPECT_EXIT(
        {
            prepare_to_crash();
            remove_crash_handlers();
            std::abort();
        },
        testing::KilledBySignal(SIGABRT), testing::Not(testing::HasSubstr("BUG REPORT")));
}

}  // namespace
}  // namespace pongo
