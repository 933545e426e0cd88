#pragma once

#include <stdexcept>

namespace pongo::cli {

/// A command cannot be carried out. what() is the line to show, without the end of line.
class CliError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The connection ended while it was needed.
class ConnectionLost : public CliError {
    using CliError::CliError;
};

/// The user pressed Ctrl-C while waiting for the server.
class Interrupted : public CliError {
  public:
    Interrupted() : CliError("Interrupted") {}
};

}  // namespace pongo::cli
