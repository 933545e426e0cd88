#include "server/crash_report.h"

#include <execinfo.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <ucontext.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/log.h"
#include "base/version.h"

namespace pongo {
namespace {

constexpr int kFatalSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
constexpr int kMostFrames = 100;
constexpr std::size_t kStackBytes = 64 * 1024;

std::atomic<pid_t> reporting_thread{0};

// A line put together without allocation; what does not fit is left out.
class Line {
  public:
    Line& operator<<(std::string_view text) {
        for (const char c : text) {
            if (length_ < sizeof bytes_) bytes_[length_++] = c;
        }
        return *this;
    }
    Line& operator<<(std::int64_t number) {
        if (number < 0) *this << "-";
        const auto bits = static_cast<std::uint64_t>(number);
        return digits(number < 0 ? 0 - bits : bits, 10);
    }
    Line& address(const void* pointer) {
        *this << "0x";
        return digits(reinterpret_cast<std::uintptr_t>(pointer), 16);
    }
    ~Line() {
        *this << "\n";
        log_raw({bytes_, length_});
    }

  private:
    Line& digits(std::uint64_t number, unsigned base) {
        char reversed[24];
        std::size_t count = 0;
        do {
            reversed[count++] = "0123456789abcdef"[number % base];
            number /= base;
        } while (number != 0);
        while (count > 0) *this << std::string_view(&reversed[--count], 1);
        return *this;
    }

    char bytes_[512];
    std::size_t length_ = 0;
};

const void* instruction_of(const void* context) {
    const auto& machine = static_cast<const ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    return reinterpret_cast<const void*>(machine.gregs[REG_RIP]);
#elif defined(__aarch64__)
    return reinterpret_cast<const void*>(machine.pc);
#else
    static_cast<void>(machine);
    return nullptr;
#endif
}

std::string_view name_of(int signal_number) {
    switch (signal_number) {
        case SIGSEGV:
            return "SIGSEGV";
        case SIGBUS:
            return "SIGBUS";
        case SIGFPE:
            return "SIGFPE";
        case SIGILL:
            return "SIGILL";
        case SIGABRT:
            return "SIGABRT";
        default:
            return "signal";
    }
}

void report_cause(int signal_number, const siginfo_t& info, const void* context) {
    Line() << "Pongo " << kPongoVersion << " (Redis " << kRedisVersion
           << ") crashed by signal: " << std::int64_t{signal_number}
           << ", si_code: " << std::int64_t{info.si_code};
    Line() << "Signal name: " << name_of(signal_number);
    if (info.si_code == SI_USER || info.si_code == SI_TKILL) {
        Line() << "Sent by PID: " << std::int64_t{info.si_pid} << ", UID: " << std::int64_t{info.si_uid};
    } else {
        (Line() << "Accessing address: ").address(info.si_addr);
    }
    (Line() << "Crashed running the instruction at: ").address(instruction_of(context));
}

void report_stack() {
    log_raw("\n------ STACK TRACE ------\n");
    void* frames[kMostFrames];
    const int count = backtrace(frames, kMostFrames);
    backtrace_symbols_fd(frames, count, log_descriptor());
}

void report_surroundings() {
    char thread_name[17] = {};
    prctl(PR_GET_NAME, thread_name);
    log_raw("\n------ THREAD AND BUILD ------\n");
    Line() << "Current thread: " << std::string_view(thread_name)
           << ", id: " << std::int64_t{syscall(SYS_gettid)} << ", process: " << std::int64_t{getpid()};
    utsname system{};
    if (uname(&system) == 0) {
        Line() << "System: " << system.sysname << " " << system.release << " " << system.machine;
    }
    Line() << "Build: pongo " << kPongoVersion << ", compiler " __VERSION__;
}

void handle_crash(int signal_number, siginfo_t* info, void* context) {
    const auto self = static_cast<pid_t>(syscall(SYS_gettid));
    pid_t nobody = 0;
    if (reporting_thread.compare_exchange_strong(nobody, self)) {
        log_raw("\n\n=== PONGO BUG REPORT START: Cut & paste starting from here ===\n");
        report_cause(signal_number, *info, context);
        report_stack();
        report_surroundings();
        log_raw("\n=== PONGO BUG REPORT END. Make sure to include from START to END. ===\n\n");
    } else if (nobody != self) {
        for (;;) pause();  // The thread that crashed first is about to end the process.
    }
    // Also when the report itself crashed.
    signal(signal_number, SIG_DFL);
    raise(signal_number);
}

class HandlerStack {
  public:
    HandlerStack() {
        stack_t stack{};
        stack.ss_sp = memory_.get();
        stack.ss_size = kStackBytes;
        sigaltstack(&stack, nullptr);
    }
    ~HandlerStack() {
        stack_t none{};
        none.ss_flags = SS_DISABLE;
        sigaltstack(&none, nullptr);
    }
    HandlerStack(const HandlerStack&) = delete;
    HandlerStack& operator=(const HandlerStack&) = delete;

  private:
    std::unique_ptr<std::byte[]> memory_{new std::byte[kStackBytes]};
};

}  // namespace

void prepare_thread_for_crash() {
    thread_local HandlerStack stack;
}

void install_crash_handlers() {
    // The first backtrace loads a library, which a signal handler may not.
    void* frame[1];
    backtrace(frame, 1);
    prepare_thread_for_crash();

    struct sigaction action {};
    action.sa_sigaction = handle_crash;
    sigemptyset(&action.sa_mask);
    // Not blocked in its own handler, so that raising it again ends the process at once.
    action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER;
    for (const int signal_number : kFatalSignals) sigaction(signal_number, &action, nullptr);
}

void remove_crash_handlers() {
    for (const int signal_number : kFatalSignals) signal(signal_number, SIG_DFL);
}

}  // namespace pongo
