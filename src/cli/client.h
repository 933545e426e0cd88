#pragma once

#include <optional>
#include <string>

#include "cli/connection.h"
#include "cli/options.h"
#include "cli/reply.h"
#include "cli/words.h"

namespace pongo::cli {

class InterruptWatch;

/// The client's end of a conversation that may outlive its connection: connects when it is needed, logs in,
/// and knows the state that the prompt shows. A command is sent once: a connection that the server has closed
/// meanwhile is replaced before sending, never after, and not in the middle of a transaction. For one thread.
class Client {
  public:
    Client(Endpoint endpoint, Login login);

    /// Replaces the connection, if there is one, and logs in. Throws CliError; when it is the login that
    /// failed, the connection stays, so that one can log in by hand.
    void connect();

    /// Moves to another server, with the login it has. Does not connect.
    void move_to(Endpoint endpoint);

    void disconnect();

    /// Throws CliError.
    void send(const Words& words);

    /// Throws CliError; the connection is closed then. See Connection::receive() for the watch.
    Reply receive(const InterruptWatch* watch);

    /// Sends a command of our own and waits for its reply; pushes that come in between are dropped. Throws
    /// CliError.
    Reply ask(const Words& words);

    /// Whether a WATCH or MULTI is under way, which a command of our own would disturb.
    bool in_transaction() const { return in_transaction_ || watching_; }

    /// Learns from the reply to a command in which database and whether in a transaction one is now.
    void learn(const Words& words, const Reply& reply);

    /// `host:port[db](TX)> `, as it is now.
    std::string prompt() const;

  private:
    void log_in();
    void select_wanted_db();
    Reply execute(const Words& words);
    void replace_closed_connection();
    Reply receive_reply();
    void learn_from_success(const Words& words);
    void end_transaction();

    Endpoint endpoint_;
    Login login_;  ///< login_.db is where to be; db_ is where we are.
    std::optional<Connection> connection_;
    int db_ = 0;
    std::optional<int> db_after_transaction_;
    bool in_transaction_ = false;
    bool watching_ = false;
};

}  // namespace pongo::cli
