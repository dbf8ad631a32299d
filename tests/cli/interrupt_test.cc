// SPDX-License-Identifier: BSD-3-Clause
//
// An interrupted kvcli cancels its command, says 130 and leaves nothing half-done.
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>

#include "cli/kvcli.hpp"

namespace csd::cli_test {
namespace {

class Interrupted : public Kvcli {
  protected:
    long values() const {
        return std::distance(std::filesystem::directory_iterator(path("drive") + "/0/1"), {});
    }
};

TEST_F(Interrupted, AStoreLeavesTheOldValue) {
    answer({"store", "k"}, "old");
    const auto storing = start({"store", "k"});
    for (int i = 0; i < 100; i++) storing->type(std::string(60000, 'x'));
    storing->signal(SIGINT);
    const Ran ran = storing->wait();
    EXPECT_EQ(130, ran.status) << ran.err;
    EXPECT_EQ("old", answer({"retrieve", "k"}));
    EXPECT_EQ("k\n", answer({"list"}));
}

TEST_F(Interrupted, TheErrorIsJsonIfThatWasAskedFor) {
    const auto storing = start({"-o", "json", "store", "k"});
    storing->type("x");
    usleep(300'000);
    storing->signal(SIGTERM);
    const Ran ran = storing->wait();
    EXPECT_EQ(130, ran.status);
    EXPECT_TRUE(nlohmann::json::parse(ran.err, nullptr, false).is_object()) << ran.err;
}

TEST_F(Interrupted, ASelectEndsBeforeItsAnswer) {
    std::string numbers = "n\n";
    for (int i = 0; i < 100000; i++) numbers += std::to_string(i) + "\n";
    answer({"store", "k"}, numbers);
    write("out", "old");
    const auto selecting =
        start({"select", "k", "SELECT count(*) FROM x a, x b, x c WHERE a.n + b.n + c.n = 7", "-f",
               path("out")});
    usleep(500'000);
    selecting->signal(SIGINT);
    const Ran ran = selecting->wait();
    EXPECT_EQ(130, ran.status) << ran.err;
    EXPECT_EQ("old", read("out"));
    EXPECT_EQ("n\n100000\n", answer({"select", "k", "SELECT count(*) AS n FROM x"}));
}

TEST_F(Interrupted, WaitingForADriveInUseEnds) {
    const auto first = start({"store", "k"});
    usleep(500'000);
    const auto second = start({"list"});
    usleep(500'000);
    second->signal(SIGINT);
    EXPECT_EQ(130, second->wait().status);
}

// Whether it still makes its values or measures, the signal comes after the first value is there.
TEST_F(Interrupted, ABenchEndsAndLeavesNoValues) {
    answer({"store", "bench-a"}, "not one of its own");
    answer({"store", "bench-7000"}, "nor is this");
    for (const char* verb : {"store", "retrieve", "append"}) {
        const auto running = start({"bench", "--verb", verb, "--duration", "60", "--keys", "7000"});
        while (values() < 3) usleep(1000);
        running->signal(SIGINT);
        const Ran ran = running->wait();
        EXPECT_EQ(130, ran.status) << ran.err;
        EXPECT_EQ("bench-7000\nbench-a\n", answer({"list"})) << verb;
    }
}

TEST_F(Interrupted, TheSecondSignalKills) {
    const auto storing = start({"store", "k"});
    usleep(300'000);
    storing->signal(SIGINT);
    storing->signal(SIGINT);
    const int status = storing->wait().status;
    EXPECT_EQ(130, status) << "128 and SIGINT, or already gone by itself";
}

}  // namespace
}  // namespace csd::cli_test
