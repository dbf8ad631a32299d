// SPDX-License-Identifier: BSD-3-Clause
//
// Player: one client of the node, which sends random requests to the names of the round and writes down when each began
// and ended and what it told.
// Threads: a Player belongs to one; what they share is in Round. Exercised by every run of csd-consistency-s3.
#pragma once

#include <mutex>
#include <random>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "consistency/linearizability.hpp"
#include "consistency/s3/connection.hpp"
#include "consistency/s3/model.hpp"

namespace csd::consistency::s3 {

// The bytes of a content: they say which it is, and all of them follow from it.
std::string bytes_of(uint32_t content);
size_t size_of(uint32_t content);

struct SeenEntry {
    Entry<Operation> entry;
    std::vector<std::string>
        uploads;  // of a listing: their ids, whose numbers are known when the round is over
};

// What the players of a round know together.
class Round {
  public:
    void begin(uint64_t number);
    const std::string& prefix() const { return prefix_; }

    uint32_t fresh() { return next_++; }
    // Before the content is sent. Returns its ETag.
    std::string announce(uint32_t content);
    uint32_t content_of(const std::string& etag) const;  // kStrange: nobody has sent it
    // One that was sent lately, so that a condition may hold; 0: none.
    uint32_t a_content(std::mt19937_64& random) const;

    struct UploadNote {
        uint32_t number = 0;
        uint8_t name = 0;
        std::string id;                        // empty until it was told
        std::array<uint32_t, kParts> parts{};  // sent last
        bool over = false;
    };
    // 0: there are enough.
    uint32_t plan_upload(uint8_t name);
    void upload_begun(uint32_t number, const std::string& id);
    void upload_over(uint32_t number);
    void part_sent(uint32_t number, uint8_t part, uint32_t content);
    // One of this round, perhaps one that is over. False: there is none.
    bool an_upload(std::mt19937_64& random, UploadNote& note) const;

    std::vector<Entry<Operation>> resolve(std::vector<SeenEntry> seen) const;

  private:
    std::string prefix_;
    std::atomic<uint32_t> next_{1};
    mutable std::mutex mutex_;
    // Guarded by mutex_.
    std::unordered_map<std::string, uint32_t> contents_;  // by ETag
    std::vector<uint32_t> recent_;
    std::vector<UploadNote> uploads_;
};

class Player {
  public:
    Player(uint32_t thread, uint64_t seed, const std::string& endpoint, airmos::auth::Keys keys,
           std::string bucket, std::span<const double> weights, Round& round)
        : thread_(thread),
          random_(seed * 1000 + thread),
          connection_(endpoint, std::move(keys)),
          bucket_(std::move(bucket)),
          weights_(weights.begin(), weights.end()),
          round_(round) {}

    // One request. False: another was in the way, and nothing happened.
    bool play(std::vector<SeenEntry>& history);

  private:
    Request request(const std::string& method, uint8_t name) const;
    Response send(const Request& request);
    bool finish(Operation operation, const Response& response, std::vector<SeenEntry>& history);
    void record(Operation operation, std::vector<SeenEntry>& history,
                std::vector<std::string> uploads = {});

    bool put(Operation operation, std::vector<SeenEntry>& history);
    bool erase(Operation operation, std::vector<SeenEntry>& history);
    bool read(Operation operation, std::vector<SeenEntry>& history);
    bool attributes(Operation operation, std::vector<SeenEntry>& history);
    bool list(Operation operation, std::vector<SeenEntry>& history);
    bool copy(Operation operation, std::vector<SeenEntry>& history);
    bool get_tags(Operation operation, std::vector<SeenEntry>& history);
    bool put_tags(Operation operation, std::vector<SeenEntry>& history);
    bool create_upload(Operation operation, std::vector<SeenEntry>& history);
    bool list_uploads(Operation operation, std::vector<SeenEntry>& history);
    bool use_upload(Operation operation, std::vector<SeenEntry>& history);
    bool put_part(Operation operation, const Round::UploadNote& note, Request request,
                  std::vector<SeenEntry>& history);
    bool list_parts(Operation operation, Request request, std::vector<SeenEntry>& history);
    bool complete(Operation operation, const Round::UploadNote& note, Request request,
                  std::vector<SeenEntry>& history);

    void choose_condition(Operation& operation, Request& request);
    uint64_t pick(uint64_t count) { return random_() % count; }

    const uint32_t thread_;
    std::mt19937_64 random_;
    Connection connection_;
    const std::string bucket_;
    std::discrete_distribution<size_t> weights_;  // by Kind
    Round& round_;
    uint64_t began_ = 0;
    uint64_t ended_ = 0;
};

}  // namespace csd::consistency::s3
