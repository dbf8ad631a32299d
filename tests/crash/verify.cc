// SPDX-License-Identifier: BSD-3-Clause
#include "crash/verify.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <set>
#include <thread>

#include "nvme/identify.hpp"
#include "nvme/list_page.hpp"

namespace csd::crash {
namespace {

using test::Answer;
using test::Host;

constexpr size_t kRoom = 1 << 20;  // more than any value has
using Bytes = std::optional<std::string>;

struct Seen {
    std::array<Bytes, kPlaces> places;
    std::string wrong;
};

Bytes read_place(const Host& host, int place, std::string& wrong) {
    nvme::Retrieve retrieve;
    retrieve.key = key_of(place);
    retrieve.bytes = kRoom;
    const Answer whole = host.run(retrieve, {}, kRoom);
    const Answer exist = host.run(nvme::Exist{key_of(place)});
    if (whole.status != exist.status) wrong = "Retrieve and Exist differ about a key";
    if (whole.status == nvme::kKeyDoesNotExist) return std::nullopt;
    if (whole.status != 0) wrong = "Retrieve says " + nvme::status_name(whole.status);
    if (whole.result != whole.data.size()) wrong = "a value is shorter than its size";
    return whole.data;
}

Seen look(const Host& host) {
    Seen seen;
    for (int place = 0; place <= kTableKey; place++) {
        seen.places[static_cast<size_t>(place)] = read_place(host, place, seen.wrong);
    }
    uint32_t feature = 0;
    if (csd_get_feature(host.device(), 0x20, &feature) != 0) seen.wrong = "Feature 20h fails";
    if (feature != 0) seen.places[kEdnek] = "";
    return seen;
}

Bytes rendered(const Value& value) {
    if (!value) return std::nullopt;
    return bytes_of(*value);
}

std::string told(const Bytes& bytes) {
    return bytes ? std::to_string(bytes->size()) + " bytes" : "absent";
}

std::string difference(int place, const Bytes& is, const Bytes& should) {
    std::string text =
        key_of(place).file_name() + " is " + told(is) + ", should be " + told(should);
    if (is && should) {
        const auto at = std::mismatch(is->begin(), is->end(), should->begin(), should->end());
        text += ", differs from byte " + std::to_string(at.first - is->begin()) + " on";
    }
    return text + "\n";
}

// What differs from the state; empty when nothing does.
std::string compare(const Seen& seen, const State& state, const std::set<int>& places) {
    std::string text;
    for (const int place : places) {
        const Bytes& is = seen.places[static_cast<size_t>(place)];
        const Bytes should = rendered(state[static_cast<size_t>(place)]);
        if (is != should) text += difference(place, is, should);
    }
    return text;
}

// Finds the outcome that the drive shows.
std::string resolve(const Seen& seen, const Operation& operation, const State& state,
                    std::set<int>& untouched, uint32_t& chosen) {
    const auto outcomes = expect(operation, state).outcomes;
    std::set<int> touched;
    for (const Delta& outcome : outcomes) {
        for (const auto& [place, value] : outcome) touched.insert(place);
    }
    for (const int place : touched) untouched.erase(place);
    std::string text = "no outcome of the interrupted " + describe(operation) + " is seen:\n";
    for (chosen = 0; chosen < outcomes.size(); chosen++) {
        State after = state;
        apply_delta(outcomes[chosen], after);
        const std::string wrong = compare(seen, after, touched);
        if (wrong.empty()) return "";
        text += "outcome " + std::to_string(chosen) + ": " + wrong;
    }
    return text;
}

// All keys, a small page at a time.
std::vector<Key> list_all(const Host& host, std::string& wrong) {
    std::vector<Key> all;
    for (;;) {
        const Answer page = host.run(nvme::List{all.empty() ? Key() : all.back(), 128}, {}, 128);
        const auto keys = nvme::parse_key_list(as_bytes(page.data), nvme::Dialect::kKeyValue);
        if (page.status != 0 || !keys.ok()) {
            wrong = "List fails";
            return all;
        }
        const size_t known = all.empty() ? 0 : 1;  // the last key of the page before comes first
        if (keys.value().size() <= known) return all;
        all.insert(all.end(), keys.value().begin() + static_cast<ptrdiff_t>(known),
                   keys.value().end());
    }
}

std::string check_list(const Host& host, const Seen& seen) {
    std::vector<Key> expected;
    uint64_t used = 0;
    for (int place = 0; place <= kTableKey; place++) {
        const Bytes& value = seen.places[static_cast<size_t>(place)];
        if (!value) continue;
        expected.push_back(key_of(place));
        used += key_of(place).size() + value->size();
    }
    std::sort(expected.begin(), expected.end());
    std::string wrong;
    if (list_all(host, wrong) != expected) return "List and Retrieve differ " + wrong;
    csd_statistics statistics{};
    statistics.struct_size = sizeof statistics;
    csd_get_statistics(host.device(), &statistics);
    if (statistics.used_bytes != used) {
        return "NUSE is " + std::to_string(statistics.used_bytes) + ", should be " +
               std::to_string(used);
    }
    return "";
}

// What lies beside the values, by docs/store-format.md.
bool is_of_the_engine(const std::string& name) {
    static const std::set<std::string> kNames = {"lock", "settings", "boot", "appends"};
    return kNames.contains(name);
}

// Files that nobody needs. What a format left is removed in the background, so look more than once.
std::string find_strays(const std::string& root, const Seen& seen) {
    std::map<std::string, uint64_t> values;
    for (int place = 0; place <= kTableKey; place++) {
        const Bytes& value = seen.places[static_cast<size_t>(place)];
        if (value) values[key_of(place).file_name()] = value->size();
    }
    std::map<std::string, uint64_t> files;
    for (const auto& entry : std::filesystem::directory_iterator(root + "/0/1")) {
        files[entry.path().filename()] = entry.file_size();
    }
    if (files != values) return "the files are not those of the values";
    std::string strays;
    for (const auto& entry : std::filesystem::directory_iterator(root + "/0/1.csd")) {
        const std::string name = entry.path().filename();
        if (!is_of_the_engine(name)) strays += " 1.csd/" + name;
    }
    for (const auto& entry : std::filesystem::directory_iterator(root + "/0")) {
        const std::string name = entry.path().filename();
        if (name != "1" && name != "1.csd") strays += " " + name;
    }
    return strays.empty() ? "" : "stray files:" + strays;
}

std::string wait_for_no_strays(const std::string& root, const Seen& seen) {
    const auto until = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    for (;;) {
        std::string strays = find_strays(root, seen);
        if (strays.empty() || std::chrono::steady_clock::now() > until) return strays;
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

}  // namespace

std::string verify(const Host& host, const std::string& root, const Knowledge& knowledge,
                   std::array<uint32_t, kMostLanes>& chosen) {
    const Seen seen = look(host);
    if (!seen.wrong.empty()) return seen.wrong;
    std::set<int> untouched;
    for (int place = 0; place < kPlaces; place++) untouched.insert(place);
    for (size_t i = 0; i < knowledge.operations.size(); i++) {
        const std::string wrong =
            resolve(seen, knowledge.operations[i], knowledge.state, untouched, chosen[i]);
        if (!wrong.empty()) return wrong;
    }
    const std::string lost = compare(seen, knowledge.state, untouched);
    if (!lost.empty()) return "acknowledged, and not there:\n" + lost;
    const std::string unlisted = check_list(host, seen);
    if (!unlisted.empty()) return unlisted;
    return wait_for_no_strays(root, seen);
}

}  // namespace csd::crash
