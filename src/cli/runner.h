#pragma once

#include "cli/client.h"
#include "cli/options.h"
#include "cli/reply.h"
#include "cli/words.h"

namespace pongo::cli {

class InterruptWatch;

/// Runs commands and prints their replies to standard output. For one thread.
class Runner {
  public:
    /// Both must outlive it. `form` is what options.form says or, if it says nothing, what the output asks
    /// for.
    Runner(Client& client, const Options& options, OutputForm form);

    /// Runs a command, and as often as asked: below zero for ever. After a command that streams it prints
    /// what comes until the connection ends or, with a watch, until Ctrl-C. Throws CliError: also for an
    /// error reply where the options say that it is a failure.
    void run(const Words& words, long times, const InterruptWatch* watch);

    OutputForm form() const { return form_; }

  private:
    void run_once(const Words& words, const InterruptWatch* watch);
    Reply receive_answer(const Words& words, const InterruptWatch* watch);
    void print_stream(const InterruptWatch* watch);
    void print(const Reply& reply, bool as_text) const;

    Client& client_;
    const Options& options_;
    OutputForm form_;
};

}  // namespace pongo::cli
