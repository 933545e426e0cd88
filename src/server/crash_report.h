// What the server leaves behind when it dies of its own fault: on SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT
// a report goes to the log's file (or standard output), then the signal takes its default action, core file
// included.
//
//     === PONGO BUG REPORT START: Cut & paste starting from here ===
//     Pongo 0.1.0 (Redis 7.0.15) crashed by signal: 11, si_code: 1
//     ...
//     ------ STACK TRACE ------
//     ...
//     === PONGO BUG REPORT END. Make sure to include from START to END. ===
//
// The handler is async-signal-safe: no allocation, no locks, no stdio.
#pragma once

namespace pongo {

// Thread rule: one call at a time. Either may be repeated; `crash-log-enabled` decides between them.
void install_crash_handlers();
void remove_crash_handlers();

// Gives the calling thread a stack of its own for the handler, so that running out of stack is reported too.
// The main thread gets one from install_crash_handlers. Freed when the thread ends.
void prepare_thread_for_crash();

}  // namespace pongo
