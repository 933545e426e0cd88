#include "cli/interrupt_watch.h"

#include <poll.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "cli/cli_error.h"

namespace pongo::cli {
namespace {

void drain(int signals) {
    signalfd_siginfo info;
    while (::read(signals, &info, sizeof info) > 0) continue;
}

}  // namespace

InterruptWatch::InterruptWatch() {
    sigset_t interrupt;
    sigemptyset(&interrupt);
    sigaddset(&interrupt, SIGINT);
    signals_ = ::signalfd(-1, &interrupt, SFD_NONBLOCK | SFD_CLOEXEC);
    if (signals_ < 0) throw std::system_error(errno, std::generic_category(), "signalfd");
    sigprocmask(SIG_BLOCK, &interrupt, &previous_mask_);
}

InterruptWatch::~InterruptWatch() {
    // A Ctrl-C that came too late to interrupt anything must not end the program now.
    drain(signals_);
    sigprocmask(SIG_SETMASK, &previous_mask_, nullptr);
    ::close(signals_);
}

void InterruptWatch::wait_for(int descriptor) const {
    std::array waiting{pollfd{descriptor, POLLIN, 0}, pollfd{signals_, POLLIN, 0}};
    while (::poll(waiting.data(), waiting.size(), -1) < 0) {
        if (errno != EINTR) throw std::system_error(errno, std::generic_category(), "poll");
    }
    if (waiting[1].revents == 0) return;

    drain(signals_);
    throw Interrupted();
}

}  // namespace pongo::cli
