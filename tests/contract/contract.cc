// SPDX-License-Identifier: BSD-3-Clause
#include "contract/contract.hpp"

#include <algorithm>
#include <random>

namespace csd::contract {

std::vector<std::unique_ptr<Drive>>& drives() {
    static std::vector<std::unique_ptr<Drive>> all;
    return all;
}

std::vector<Drive*> drives_where(const Who& who) {
    std::vector<Drive*> chosen;
    for (const auto& drive : drives()) {
        if (who(drive->abilities())) chosen.push_back(drive.get());
    }
    return chosen;
}

std::string said(uint16_t status) {
    return nvme::status_name(nvme::status_kind(status));
}

void PrintTo(const Answer& answer, std::ostream* out) {
    *out << (answer.never_sent ? "never sent" : said(answer.status));
}

std::string pattern(size_t bytes, unsigned seed) {
    std::string text(bytes, '\0');
    uint32_t word = seed * 2654435761u + 1;
    for (char& byte : text) {
        word = word * 1664525u + 1013904223u;
        byte = static_cast<char>(word >> 24);
    }
    return text;
}

// "ct" and five random bytes of text: seven of the sixteen bytes of a key.
Contract::Contract() : prefix_("ct") {
    static constexpr char kLetters[] = "0123456789abcdefghijklmnopqrstuv";
    static std::random_device random;
    for (int i = 0; i < 5; i++) prefix_ += kLetters[random() % 32];
}

Contract::~Contract() {
    kv::ListOptions mine;
    mine.prefix = *Key::from_text(prefix_);
    const auto keys = client().list(mine);
    if (!keys.ok()) return;
    std::vector<Request> deletes;
    for (const Key& left : keys.value()) deletes.push_back(drive().request(nvme::Delete{left}));
    drive().run_together(deletes);
}

Key Contract::key(std::string_view name) const {
    const auto key = Key::from_text(prefix_ + std::string(name));
    if (!key) throw std::logic_error("a name of more than nine characters");
    return *key;
}

std::vector<std::string> Contract::names() {
    kv::ListOptions mine;
    mine.prefix = *Key::from_text(prefix_);
    const auto keys = client().list(mine);
    std::vector<std::string> found;
    if (!keys.ok()) {
        ADD_FAILURE() << keys.status().message();
        return found;
    }
    for (const Key& each : keys.value()) {
        found.emplace_back(as_text(each.bytes()).substr(prefix_.size()));
    }
    return found;
}

nvme::Store Contract::store_command(const Key& key, size_t bytes) {
    nvme::Store command;
    command.key = key;
    command.bytes = static_cast<uint32_t>(bytes);
    command.extended = !is_key_value() || !abilities().standard;
    return command;
}

nvme::Retrieve Contract::retrieve_command(const Key& key, size_t room, uint64_t offset) {
    nvme::Retrieve command;
    command.key = key;
    command.bytes = static_cast<uint32_t>(room);
    command.offset = offset;
    command.extended = !is_key_value() || !abilities().standard || offset != 0;
    return command;
}

Answer Contract::store(const Key& key, std::string_view value, nvme::StoreCondition condition) {
    nvme::Store command = store_command(key, value.size());
    command.condition = condition;
    return drive().run(command, value);
}

Answer Contract::retrieve(const Key& key, size_t room, uint64_t offset) {
    Answer answer = drive().run(retrieve_command(key, room, offset), {}, room);
    const uint64_t rest = answer.dw0 > offset ? answer.dw0 - offset : 0;
    answer.data.resize(std::min<uint64_t>(answer.status == 0 ? rest : 0, room));
    return answer;
}

}  // namespace csd::contract
