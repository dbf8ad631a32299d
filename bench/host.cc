// SPDX-License-Identifier: BSD-3-Clause
//
// host.hpp, done: verbs to submission queue entries to the C interface.
#include "host.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <fstream>

#include "nvme/identify.hpp"
#include "nvme/list_page.hpp"
#include "nvme/status.hpp"

namespace csd::bench {

Key key_of(uint64_t n) {
    std::array<uint8_t, Key::kMaxBytes> bytes;
    store_le<uint64_t>(bytes, 0, scramble(n));
    store_le<uint64_t>(bytes, 8, n);
    return *Key::from_bytes(bytes);
}

Host::Host(const std::string& root, uint32_t flags, uint32_t max_transfer_bytes)
    : values_dir_(root + "/0/1"), transfer_bytes_(max_transfer_bytes) {
    csd_options options = CSD_OPTIONS_INIT;
    options.root = root.c_str();
    options.flags = flags;
    options.max_transfer_bytes = max_transfer_bytes;
    csd_device* device = nullptr;
    char* error = nullptr;
    if (csd_open(&options, &device, &error) != 0) {
        const std::string sentence = error;
        csd_free(error);
        throw Failure("the drive does not open: " + sentence);
    }
    device_.reset(device);
}

Host::Reply Host::run(const nvme::Command& command, void* data) {
    const nvme::Sqe sqe = nvme::encode(command, nvme::Dialect::kKeyValue, 1);
    csd_command decoded;
    const uint16_t status = csd_decode(device_.get(), sqe.bytes.data(), 0, &decoded);
    if (status != 0) return {status};
    const iovec memory{data, decoded.data_bytes};
    csd_completion done;
    if (!csd_try(device_.get(), &decoded, &memory, 1, &done)) {
        csd_execute(device_.get(), &decoded, &memory, 1, &done);
    }
    return {done.status, done.dw0, done.data_bytes};
}

Host::Reply Host::must(const char* verb, const nvme::Command& command, void* data) {
    const Reply reply = run(command, data);
    if (reply.status != 0)
        throw Failure(std::string(verb) + ": " + nvme::status_name(reply.status));
    return reply;
}

void Host::store(const Key& key, std::string& value) {
    for (size_t offset = 0; offset == 0 || offset < value.size(); offset += transfer_bytes_) {
        nvme::Store command;
        command.key = key;
        command.bytes =
            static_cast<uint32_t>(std::min<size_t>(transfer_bytes_, value.size() - offset));
        command.offset = offset;
        command.more = offset + command.bytes < value.size();
        command.extended = command.more || offset != 0;
        must("store", command, value.data() + offset);
    }
}

void Host::store_file(const Key& key, const std::string& file) {
    std::ifstream from(file, std::ios::binary);
    std::string value(std::istreambuf_iterator<char>(from), {});
    store(key, value);
}

void Host::retrieve(const Key& key, std::string& value) {
    for (size_t offset = 0; offset < value.size(); offset += transfer_bytes_) {
        nvme::Retrieve command;
        command.key = key;
        command.bytes =
            static_cast<uint32_t>(std::min<size_t>(transfer_bytes_, value.size() - offset));
        command.offset = offset;
        command.extended = offset != 0;
        const Reply reply = must("retrieve", command, value.data() + offset);
        if (reply.data_bytes != command.bytes) throw Failure("retrieve: the value is too short");
    }
}

void Host::exist(const Key& key) {
    must("exist", nvme::Exist{key});
}

void Host::erase(const Key& key) {
    must("delete", nvme::Delete{key});
}

uint64_t Host::list(uint32_t page_bytes) {
    std::string page(page_bytes, '\0');
    uint64_t total = 0;
    for (Key start;;) {
        const Reply reply = must("list", nvme::List{start, page_bytes}, page.data());
        const Bytes filled = as_bytes(page).first(reply.data_bytes);
        const uint32_t count = load_le<uint32_t>(filled, 0);
        // A page begins with the start itself, if that is a key: all but the first repeat one.
        const uint32_t repeated = start.empty() ? 0 : 1;
        if (count <= repeated) return total + count - repeated;
        total += count - repeated;
        const size_t stride = nvme::list_entry_bytes(Key::kMaxBytes, nvme::Dialect::kKeyValue);
        const Bytes last = filled.subspan(4 + (count - 1) * stride + 2, Key::kMaxBytes);
        start = *Key::from_bytes(last);
    }
}

void Host::wait_for_index() {
    std::array<uint8_t, nvme::kPageBytes> page;
    const uint16_t status =
        csd_describe(device_.get(), CSD_PAGE_IDENTIFY_KV_NAMESPACE, 0, page.data());
    if (status != 0) throw Failure("identify: " + nvme::status_name(status));
}

std::string Host::select(const Query& query) {
    std::string data = query.options + query.sql;
    nvme::SelectSend send;
    send.key = query.key;
    send.bytes = static_cast<uint32_t>(data.size());
    send.option_bytes = static_cast<uint32_t>(query.options.size());
    send.input = query.format;
    send.input_header = query.format == nvme::DataFormat::kCsv;
    const Reply sent = run(send, data.data());
    if (sent.status != 0) explain_select(sent.status);

    std::string answer;
    nvme::SelectRetrieve fetch;
    fetch.id = sent.dw0;
    fetch.keep_unless_all = true;
    for (uint32_t size = 1; answer.size() < size;) {
        // The first piece asks for little: most answers are small, and the page tells the whole size.
        fetch.bytes = answer.empty() ? 64 * 1024 : std::min<uint32_t>(transfer_bytes_, size);
        fetch.offset = answer.size();
        answer.resize(fetch.offset + fetch.bytes);
        const Reply reply = must("fetch", fetch, answer.data() + fetch.offset);
        answer.resize(fetch.offset + reply.data_bytes);
        size = reply.dw0;
    }
    return answer;
}

void Host::explain_select(uint16_t status) {
    nvme::SelectRetrieve reason;
    reason.bytes = 4096;
    std::string text(reason.bytes, '\0');
    text.resize(run(reason, text.data()).data_bytes);
    throw Failure("select: " + nvme::status_name(status) + ": " + text);
}

}  // namespace csd::bench
