// SPDX-License-Identifier: BSD-3-Clause
//
// How a client learns what it talks to, before it sends the first command on a key.
//
// First Identify: CNS 05h with CSI 01h is a Key Value namespace, with or without our extensions; CNS 00h
// with CSDX and bit 0 of byte 3847 is one of the 2023 dialect. A target that answers Identify itself hides both,
// and then 82h tells: without a key, a drive of ours returns its page and one of the 2023 dialect says
// Invalid Key Size. From then on data travels by 81h and 82h only, which every target passes. Tested by client_test.cc.
#include <algorithm>

#include "kv/admin.hpp"
#include "kv/core.hpp"
#include "kv/status.hpp"

namespace csd::kv {

using nvme::Dialect;

Status Core::discover() {
    info_.transport = transport_->name();
    info_.nsid = transport_->nsid();
    info_.queue_depth = limits_.queue_depth;
    read_controller();
    for (auto look : {&Core::discover_key_value, &Core::discover_2023, &Core::probe}) {
        const auto found = (this->*look)();
        if (!found.ok()) return found.status();
        if (!found.value()) continue;
        set_limits();
        forget_status();
        return {};
    }
    return {Code::kUnsupported, "this is not a Key Value namespace, nor one of the 2023 dialect"};
}

Status Core::refresh() {
    if (is_2023()) return {};
    const auto found = identifies_ ? discover_key_value() : probe();
    if (!found.ok()) return found.status();
    return found.value() ? Status()
                         : Status(Code::kNotReady, "the namespace does not identify itself");
}

// Whether a failure says only that the drive, or the way to it, does not answer such a question. Drives use a
// dozen statuses for that.
static bool is_silence(Code code) {
    return code != Code::kTransport && code != Code::kAborted;
}

static std::string text_field(Bytes page, size_t from, size_t bytes) {
    std::string text(as_text(page.subspan(from, bytes)));
    while (!text.empty() && (text.back() == ' ' || text.back() == '\0')) text.pop_back();
    return text;
}

// Names only; a drive that does not tell them is as good.
void Core::read_controller() {
    auto page = buffer(nvme::kPageBytes);
    if (!page.ok()) return;
    const MutableBytes bytes = page.value().bytes();
    if (!admin(identify_command(kCnsController, 0, 0), bytes).ok()) return;
    info_.serial = text_field(bytes, 4, 20);
    info_.model = text_field(bytes, 24, 40);
    info_.firmware = text_field(bytes, 64, 8);
}

Result<bool> Core::discover_key_value() {
    auto page = buffer(nvme::kPageBytes);
    if (!page.ok()) return page.status();
    const MutableBytes bytes = page.value().bytes();
    std::fill(bytes.begin(), bytes.end(), 0);
    const auto answer =
        admin(identify_command(kCnsKeyValueNamespace, nvme::kCsiKeyValue, nsid()), bytes);
    if (!answer.ok() && is_silence(answer.code())) return false;
    if (!answer.ok()) return answer.status();
    const auto ns = nvme::read_key_value_namespace(bytes);
    if (ns) adopt(*ns);
    return ns.has_value();
}

Result<bool> Core::discover_2023() {
    auto page = buffer(nvme::kPageBytes);
    if (!page.ok()) return page.status();
    const MutableBytes bytes = page.value().bytes();
    std::fill(bytes.begin(), bytes.end(), 0);
    const auto answer = admin(identify_command(kCnsNamespace, 0, nsid()), bytes);
    if (!answer.ok() && is_silence(answer.code())) return false;
    if (!answer.ok()) return answer.status();
    const auto extensions = nvme::read_extensions(bytes);
    if (!extensions || !extensions->dialect_2023) return false;
    info_.dialect = Dialect::k2023;
    info_.extensions = extensions;
    return true;
}

Result<bool> Core::probe() {
    auto page = buffer(nvme::kPageBytes);
    if (!page.ok()) return page.status();
    const MutableBytes bytes = page.value().bytes();
    std::fill(bytes.begin(), bytes.end(), 0);
    nvme::Retrieve question;
    question.bytes = nvme::kPageBytes;
    question.extended = true;
    question.describe = true;
    const auto answer = exchange(question, bytes);
    if (!answer.ok()) return answer.status();
    const Code code = to_code(answer.value().status);
    if (code == Code::kInvalidKeySize) {
        info_.dialect = Dialect::k2023;
        return true;
    }
    if (code != Code::kOk && is_silence(code)) return false;
    if (code != Code::kOk) return failure(answer.value());
    const auto ns = nvme::read_key_value_namespace(bytes);
    if (!ns) return false;
    if (answer.value().dw0 != nvme::kPageBytes) {
        return Status(Code::kUnsupported,
                      "the target drops what the drive says of the size of a value; older ones of "
                      "SPDK do so unless their TCP transport has \"c2h_success\": false");
    }
    identifies_ = false;
    adopt(*ns);
    return true;
}

void Core::adopt(const nvme::KeyValueNamespace& ns) {
    info_.dialect = Dialect::kKeyValue;
    info_.extensions = ns.extensions;
    info_.capacity_bytes = ns.capacity_bytes;
    info_.used_bytes = ns.used_bytes;
    info_.max_key_bytes = std::min<uint32_t>(ns.max_key_bytes, Key::kMaxBytes);
    format_value_bytes_ = ns.max_value_bytes;
}

void Core::set_limits() {
    piece_bytes_ = limits_.max_transfer_bytes;
    if (options_.max_transfer_bytes != 0) {
        piece_bytes_ = std::min(piece_bytes_, options_.max_transfer_bytes);
    }
    store_bytes_ = std::min(piece_bytes_, format_value_bytes_);
    info_.max_transfer_bytes = piece_bytes_;
    // What the 2023 dialect cannot address with its 32 bits it can still store, by appending.
    info_.max_value_bytes = extensions() ? extensions()->max_value_bytes : store_bytes_;
    if (is_2023() && !extensions()) info_.max_value_bytes = UINT32_MAX;
}

}  // namespace csd::kv
