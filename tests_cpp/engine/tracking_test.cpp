#include "engine/tracking.h"

#include <gtest/gtest.h>

#include <array>
#include <deque>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/random.h"
#include "engine/client_registry.h"
#include "engine/session.h"
#include "support/test_server.h"

namespace pongo {
namespace {

struct Inbox : ClientLink {
    void close_soon() override {}
    void push(const BlobRef& bytes) override { received.emplace_back(bytes->view()); }
    void catch_up() override {}
    bool answer(const BlobRef&) override { return true; }
    std::vector<std::string> received;
};

std::string notice_of(const std::string& key) {
    return ">2\r\n$10\r\ninvalidate\r\n*1\r\n$" + std::to_string(key.size()) + "\r\n" + key + "\r\n";
}
const std::string kNoticeOfAll = ">2\r\n$10\r\ninvalidate\r\n_\r\n";

// Clients on two reactors, whose deliveries wait until they are told to run.
class TrackingTest : public testing::Test, private Deliveries {
  protected:
    static constexpr std::size_t kReactors = 2;

    struct Client {
        Inbox inbox;
        Session session;
        std::set<std::string> noted = {};
        Client(std::uint64_t id, std::size_t reactor) : session(id, &inbox, reactor) {
            session.protocol = Protocol::Resp3;
        }
    };

    TrackingTest() {
        settings_.tracking_table_max_keys = 0;
        tracking_.set_deliveries(*this);
        for (std::uint64_t id = 1; id <= 6; ++id) {
            clients_.push_back(std::make_unique<Client>(id, id % kReactors));
            registry_.add(clients_.back()->session);
        }
    }
    ~TrackingTest() override {
        for (const auto& client : clients_) {
            tracking_.forget(client->session);
            registry_.remove(client->session);
        }
    }

    void deliver(std::size_t, std::size_t, Delivery delivery, Wake, std::size_t) override {
        waiting_.push_back(std::move(delivery));
    }
    void wake_others(std::size_t) override {}
    bool waiting(std::size_t) const override { return !waiting_.empty(); }
    void run_cycle() {
        for (std::size_t reactor = 0; reactor < kReactors; ++reactor) {
            tracking_.send(reactor);
            tracking_.send_broadcasts(reactor);
        }
        for (; !waiting_.empty(); waiting_.pop_front()) waiting_.front()(server_.executor());
    }

    void read(Client& client, const std::string& key) {
        if (client.session.tracker.notes_reads()) tracking_.note_read(client.session, key);
    }
    void change(Client& by, const std::string& key) {
        Unit unit;
        unit.origin = {by.session.id, by.session.reactor};
        unit.touched.push_back({0, key});
        log_.commit(unit);
        tracking_.give_own(by.session);
    }
    void flush(Client& by) {
        Unit unit;
        unit.origin = {by.session.id, by.session.reactor};
        unit.emptied_dbs.push_back(0);
        unit.flushes = 1;
        log_.commit(unit);
        tracking_.give_own(by.session);
    }

    EffectLog log_;
    ClientRegistry registry_;
    Settings settings_;
    Tracking tracking_{log_, registry_, settings_, kReactors};
    std::vector<std::unique_ptr<Client>> clients_;
    std::deque<Delivery> waiting_;
    TestServer server_;  // For its executor.
};

TEST_F(TrackingTest, NobodyPaysWhileNobodyTracks) {
    EXPECT_FALSE(tracking_.in_use());
    EXPECT_FALSE(log_.wants(Interest::Touches));
    tracking_.start(clients_[0]->session, 0, 0, {});
    EXPECT_TRUE(log_.wants(Interest::Touches));
    read(*clients_[0], "k");
    EXPECT_EQ(tracking_.keys(), 1U);
    tracking_.forget(clients_[0]->session);
    EXPECT_FALSE(log_.wants(Interest::Touches));
    EXPECT_EQ(tracking_.keys() + tracking_.items(), 0U);
}

TEST_F(TrackingTest, WhoeverHasReadAKeyIsToldOnceWhicheverReactorChangesIt) {
    Random random(7);
    std::vector<std::vector<std::string>> expected(clients_.size());
    for (const auto& client : clients_) tracking_.start(client->session, 0, 0, {});
    for (int step = 0; step < 20'000; ++step) {
        Client& client = *clients_[random.below(clients_.size())];
        const std::string key = "k" + std::to_string(random.below(20));
        const std::uint64_t dice = random.below(100);
        if (dice < 60) {
            read(client, key);
            client.noted.insert(key);
        } else if (dice < 99) {
            change(client, key);
            run_cycle();
            for (std::size_t i = 0; i < clients_.size(); ++i) {
                if (clients_[i]->noted.erase(key) > 0) expected[i].push_back(notice_of(key));
            }
        } else {
            flush(client);
            run_cycle();
            for (std::size_t i = 0; i < clients_.size(); ++i) {
                clients_[i]->noted.clear();
                expected[i].push_back(kNoticeOfAll);
            }
        }
    }
    std::size_t items = 0;
    for (std::size_t i = 0; i < clients_.size(); ++i) {
        EXPECT_EQ(clients_[i]->inbox.received, expected[i]);
        items += clients_[i]->noted.size();
    }
    EXPECT_EQ(tracking_.items(), items);
}

TEST_F(TrackingTest, ATableThatIsFullTellsOfWhatGoes) {
    settings_.tracking_table_max_keys = 10;
    Client& client = *clients_[0];
    tracking_.start(client.session, 0, 0, {});
    for (int i = 0; i < 1000; ++i) {
        read(client, std::to_string(i));
        tracking_.give_own(client.session);
        ASSERT_LE(tracking_.keys(), 10U);
    }
    const std::set<std::string> told(client.inbox.received.begin(), client.inbox.received.end());
    EXPECT_EQ(told.size(), 990U);
    EXPECT_EQ(client.inbox.received.size(), 990U);
}

TEST_F(TrackingTest, ABroadcastHasEachKeyOnceAndNothingOfOnesOwnForThoseWhoWantNoLoop) {
    const std::array<std::string_view, 1> prefix{"k"};
    Client& other = *clients_[0];
    Client& self = *clients_[2];
    tracking_.start(other.session, TrackingBroadcast, 0, prefix);
    tracking_.start(self.session, TrackingBroadcast | TrackingNoLoop, 0, prefix);
    for (const char* const key : {"k2", "k1", "x", "k2"}) change(self, key);
    change(other, "k3");
    run_cycle();
    EXPECT_EQ(
        other.inbox.received,
        std::vector<std::string>{">2\r\n$10\r\ninvalidate\r\n*3\r\n$2\r\nk1\r\n$2\r\nk2\r\n$2\r\nk3\r\n"});
    EXPECT_EQ(self.inbox.received, std::vector<std::string>{notice_of("k3")});
}

}  // namespace
}  // namespace pongo
