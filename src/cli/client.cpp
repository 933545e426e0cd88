#include "cli/client.h"

#include <Poco/NumberParser.h>

#include <utility>

#include "cli/cli_error.h"

namespace pongo::cli {
namespace {

bool is_command(const Words& words, std::string_view name) {
    return same_word(words.front(), name);
}

std::optional<int> selected_db(const Words& words) {
    int db = 0;
    if (!is_command(words, "SELECT") || words.size() != 2 || !Poco::NumberParser::tryParse(words[1], db)) {
        return std::nullopt;
    }
    return db;
}

}  // namespace

Client::Client(Endpoint endpoint, Login login) : endpoint_(std::move(endpoint)), login_(std::move(login)) {}

void Client::connect() {
    disconnect();
    connection_.emplace(endpoint_);
    log_in();
}

void Client::move_to(Endpoint endpoint) {
    disconnect();
    endpoint_ = std::move(endpoint);
}

void Client::disconnect() {
    connection_.reset();
    db_ = 0;
    end_transaction();
}

void Client::send(const Words& words) {
    replace_closed_connection();
    try {
        connection_->send(words);
    } catch (const CliError&) {
        disconnect();
        throw;
    }
}

void Client::replace_closed_connection() {
    if (connection_ && !connection_->is_closed_by_server()) return;

    // Elsewhere the command would run, but without what it was to be part of.
    const bool transaction_lost = in_transaction();
    disconnect();
    if (transaction_lost)
        throw ConnectionLost("Error: Server closed the connection, the transaction is gone");
    connect();
}

Reply Client::receive(const InterruptWatch* watch) {
    try {
        return connection_->receive(watch);
    } catch (const CliError&) {
        disconnect();
        throw;
    }
}

void Client::log_in() {
    if (login_.password) {
        Words auth{"AUTH"};
        if (!login_.user.empty()) auth.push_back(login_.user);
        auth.push_back(*login_.password);
        const Reply reply = execute(auth);
        if (reply.is_error()) throw CliError("AUTH failed: " + reply.text);
    }
    if (login_.protocol) {
        const std::string version = std::to_string(*login_.protocol);
        const Reply reply = execute({"HELLO", version});
        if (reply.is_error()) throw CliError("HELLO " + version + " failed: " + reply.text);
    }
    select_wanted_db();
}

void Client::select_wanted_db() {
    if (db_ == login_.db) return;
    const std::string db = std::to_string(login_.db);
    const Reply reply = execute({"SELECT", db});
    if (reply.is_error()) throw CliError("SELECT " + db + " failed: " + reply.text);
    db_ = login_.db;
}

Reply Client::execute(const Words& words) {
    connection_->send(words);
    return receive_reply();
}

Reply Client::ask(const Words& words) {
    send(words);
    return receive_reply();
}

Reply Client::receive_reply() {
    Reply reply = receive(nullptr);
    while (reply.kind == Reply::Kind::Push) reply = receive(nullptr);
    return reply;
}

void Client::learn(const Words& words, const Reply& reply) {
    if (reply.is_error()) {
        // A refused EXEC ends its transaction too.
        if (is_command(words, "EXEC")) end_transaction();
    } else if (in_transaction_ && reply.text == "QUEUED") {
        if (const auto db = selected_db(words)) db_after_transaction_ = db;
    } else {
        if (is_command(words, "EXEC") && reply.kind == Reply::Kind::Nil) db_after_transaction_.reset();
        learn_from_success(words);
    }
}

void Client::learn_from_success(const Words& words) {
    if (const auto db = selected_db(words)) {
        db_ = login_.db = *db;
    } else if (is_command(words, "AUTH")) {
        select_wanted_db();
    } else if (is_command(words, "WATCH")) {
        watching_ = true;
    } else if (is_command(words, "UNWATCH")) {
        watching_ = false;
    } else if (is_command(words, "MULTI")) {
        in_transaction_ = true;
    } else if (is_command(words, "DISCARD")) {
        end_transaction();
    } else if (is_command(words, "EXEC")) {
        if (db_after_transaction_) db_ = login_.db = *db_after_transaction_;
        end_transaction();
    } else if (is_command(words, "RESET")) {
        db_ = login_.db = 0;
        end_transaction();
    }
}

void Client::end_transaction() {
    in_transaction_ = false;
    watching_ = false;
    db_after_transaction_.reset();
}

std::string Client::prompt() const {
    if (!connection_) return "not connected> ";
    std::string text = endpoint_.socket_path.empty() ? endpoint_.name() : "redis " + endpoint_.name();
    if (db_ != 0) text.append("[").append(std::to_string(db_)).append("]");
    if (in_transaction_) text += "(TX)";
    return text + "> ";
}

}  // namespace pongo::cli
