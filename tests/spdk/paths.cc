// SPDX-License-Identifier: BSD-3-Clause
//
// A host with two paths to a namespace, and another host, for tests/spdk/paths_test.sh:
//
//     csd-spdk-paths PORT PORT PORT SUBNQN
//
// Each path is a controller. SPDK has one controller for an address in a process, so each has a port of its own. The checks say what a host may leave by one path and take by the other, what other hosts see
// of it, and when it ends. The exit status is 0 if all hold.
#include <array>
#include <cinttypes>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "csd/spdk/compat.h"
#include "nvme/command.hpp"
#include "nvme/status.hpp"

namespace {

namespace nvme = csd::nvme;

int failures = 0;

void check(bool holds, const char* what) {
    printf("%s  %s\n", holds ? "ok  " : "FAIL", what);
    if (!holds) failures++;
}

struct Answer {
    uint16_t status = 0xFFFF;
    uint32_t dw0 = 0;
    std::string data;
};

// A controller of the subsystem, as seen by one host.
class Path {
  public:
    Path(const char* port, const char* subsystem, uint8_t host) {
        spdk_nvme_transport_id id{};
        spdk_nvme_trid_populate_transport(&id, SPDK_NVME_TRANSPORT_TCP);
        id.adrfam = SPDK_NVMF_ADRFAM_IPV4;
        snprintf(id.traddr, sizeof id.traddr, "127.0.0.1");
        snprintf(id.trsvcid, sizeof id.trsvcid, "%s", port);
        snprintf(id.subnqn, sizeof id.subnqn, "%s", subsystem);
        spdk_nvme_ctrlr_opts options{};
        spdk_nvme_ctrlr_get_default_ctrlr_opts(&options, sizeof options);
        snprintf(options.hostnqn, sizeof options.hostnqn, "nqn.2026-11.io.csd:host%d", host);
        options.keep_alive_timeout_ms = 0;  // a path that is idle sends nothing here
        memset(options.extended_host_id, host, sizeof options.extended_host_id);
        controller_ = spdk_nvme_connect(&id, &options, sizeof options);
        if (controller_ == nullptr) {
            printf("port %s cannot be connected\n", port);
            exit(1);
        }
        queue_ = spdk_nvme_ctrlr_alloc_io_qpair(controller_, nullptr, 0);
        buffer_ = static_cast<char*>(spdk_dma_zmalloc(kBytes, kBytes, nullptr));
    }
    ~Path() { close(); }
    Path(const Path&) = delete;
    Path& operator=(const Path&) = delete;

    void close() {
        if (controller_ == nullptr) return;
        spdk_nvme_ctrlr_free_io_qpair(queue_);
        spdk_nvme_detach(controller_);
        spdk_dma_free(buffer_);
        controller_ = nullptr;
    }
    bool reset() {
        spdk_nvme_ctrlr_free_io_qpair(queue_);
        const bool done = spdk_nvme_ctrlr_reset(controller_) == 0;
        queue_ = spdk_nvme_ctrlr_alloc_io_qpair(controller_, nullptr, 0);
        return done && queue_ != nullptr;
    }

    Answer run(const nvme::Command& command, std::string_view data, uint32_t bytes) {
        const nvme::Sqe entry = nvme::encode(command, nvme::Dialect::kKeyValue, 1);
        spdk_nvme_cmd raw{};
        memcpy(&raw, entry.bytes.data(), sizeof raw);
        memcpy(buffer_, data.data(), data.size());
        Answer answer;
        waiting_ = &answer;
        const auto done = [](void* self, const spdk_nvme_cpl* completion) {
            static_cast<Path*>(self)->finish(*completion);
        };
        if (spdk_nvme_ctrlr_cmd_io_raw(controller_, queue_, &raw, buffer_, bytes, done, this) != 0)
            return answer;
        while (waiting_ != nullptr) {
            if (spdk_nvme_qpair_process_completions(queue_, 0) >= 0) continue;
            printf("the path is lost\n");
            exit(1);
        }
        if (data.empty()) answer.data.assign(buffer_, bytes);
        return answer;
    }

  private:
    static constexpr size_t kBytes = 4096;

    void finish(const spdk_nvme_cpl& completion) {
        waiting_->dw0 = completion.cdw0;
        waiting_->status = static_cast<uint16_t>(completion.status.sct << 8 | completion.status.sc);
        waiting_ = nullptr;
    }

    spdk_nvme_ctrlr* controller_ = nullptr;
    spdk_nvme_qpair* queue_ = nullptr;
    char* buffer_ = nullptr;
    Answer* waiting_ = nullptr;
};

Answer store(Path& path, std::string_view data, uint64_t offset, bool more) {
    nvme::Store command;
    command.key = *csd::Key::from_text("k");
    command.bytes = static_cast<uint32_t>(data.size());
    command.extended = true;
    command.offset = offset;
    command.more = more;
    return path.run(command, data, command.bytes);
}

Answer retrieve(Path& path) {
    nvme::Retrieve command;
    command.key = *csd::Key::from_text("k");
    command.bytes = 512;
    command.extended = true;
    return path.run(command, {}, command.bytes);
}

uint32_t select(Path& path) {
    constexpr std::string_view kSql = "SELECT sum(n) FROM s3object";
    nvme::SelectSend command;
    command.key = *csd::Key::from_text("k");
    command.bytes = kSql.size();
    command.input_header = true;
    const Answer answer = path.run(command, kSql, command.bytes);
    check(answer.status == 0, "a select runs");
    return answer.dw0;
}

Answer fetch(Path& path, uint32_t id) {
    nvme::SelectRetrieve command;
    command.id = id;
    command.bytes = 512;
    command.keep = true;
    return path.run(command, {}, command.bytes);
}

bool has_result(Path& path, uint32_t id) {
    const Answer answer = fetch(path, id);
    return answer.status == 0 && answer.data.starts_with("6\n");
}

bool has_none(Path& path, uint32_t id) {
    return fetch(path, id).status == nvme::status_kind(nvme::kKeyDoesNotExist);
}

void run(const std::array<const char*, 3>& ports, const char* subsystem) {
    Path first(ports[0], subsystem, 1);
    Path second(ports[1], subsystem, 1);
    Path stranger(ports[2], subsystem, 2);

    check(store(first, "n\n1\n", 0, true).status == 0, "a large store begins on one path");
    check(store(second, "2\n3\n", 4, false).status == 0, "and ends on the other");
    check(retrieve(first).data.starts_with("n\n1\n2\n3\n"), "the value is whole");
    check(store(first, "n\n1\n", 0, true).status == 0, "another begins");
    check(store(stranger, "9\n", 4, false).status != 0, "another host cannot end it");

    const uint32_t id = select(first);
    check(has_result(second, id), "the result is there by the other path");
    check(has_none(stranger, id), "and for no other host");
    check(first.reset(), "one path is reset");
    check(has_result(second, id), "the result stays");
    check(has_result(first, id), "for both paths");
    first.close();
    check(has_result(second, id), "and when one path is gone");
    check(store(second, "8\n", 4, false).status == 0, "as does what was staged");
    check(second.reset(), "the last path is reset");
    check(has_none(second, id), "and the result is gone");

    const uint32_t last = select(second);
    second.close();
    Path again(ports[0], subsystem, 1);
    check(has_none(again, last), "it is gone after the host was");
    const uint32_t own = select(stranger);
    again.close();
    check(fetch(stranger, own).status == 0, "one host's end leaves those of others");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) return 2;
    setvbuf(stdout, nullptr, _IOLBF, 0);
    spdk_env_opts options{};
    csd_spdk_env_opts_init(&options);
    options.name = "csd-spdk-paths";
    csd_spdk_env_opts_no_huge(&options);
    options.mem_size = 128;
    if (spdk_env_init(&options) != 0) return 1;
    run({argv[1], argv[2], argv[3]}, argv[4]);
    return failures == 0 ? 0 : 1;
}
