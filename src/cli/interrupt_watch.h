#pragma once

#include <signal.h>

namespace pongo::cli {

/// While it lives, Ctrl-C (SIGINT) does not end the program: wait_for() reports it. For the main thread of a
/// program without other threads; at most one at a time.
class InterruptWatch {
  public:
    InterruptWatch();
    ~InterruptWatch();
    InterruptWatch(const InterruptWatch&) = delete;
    InterruptWatch& operator=(const InterruptWatch&) = delete;

    /// Waits until the descriptor is readable. Throws Interrupted when Ctrl-C comes first.
    void wait_for(int descriptor) const;

  private:
    sigset_t previous_mask_;
    int signals_;
};

}  // namespace pongo::cli
