// SPDX-License-Identifier: BSD-3-Clause
//
// Objects against files: GET and PUT of three sizes, on one connection and on many.
#include <fmt/core.h>
#include <openssl/evp.h>

#include <array>
#include <fstream>

#include "airmos/rows.hpp"
#include "report.hpp"

namespace csd::bench {

namespace {

struct Size {
    size_t bytes;
    const char* name;
    size_t gets, puts;     // a round
    unsigned connections;  // at most
    double get_target, put_target;
};

std::vector<Size> sizes(const Servers& servers) {
    return {{4 << 10, "4 KiB", 20'000, 3'000, 32, 0.3, 0.25},
            {1 << 20, "1 MiB", 600, 120, 32, 0.6, 0.6},
            {64 << 20, "64 MiB", 16, 8, servers.at_length ? 32u : 8u, 0.6, 0.6}};
}

HttpRequest plain(const Servers& servers, const std::string& method, const std::string& path,
                  std::string_view body = {}) {
    std::string head =
        method + " " + path + " HTTP/1.1\r\nhost: " + servers.nginx.authority() + "\r\n";
    if (method == "PUT") head += "content-length: " + std::to_string(body.size()) + "\r\n";
    return {head + "\r\n", body};
}

double speed(const Load& load, size_t bytes_each) {
    if (bytes_each < 1 << 20) return load.per_second();
    return static_cast<double>(load.requests * bytes_each) / load.seconds / 1e6;
}

Unit unit_of(const Size& size) {
    return size.bytes < 1 << 20 ? Unit::kPerSecond : Unit::kMegabytesPerSecond;
}

std::string label(const char* verb, const Size& size, unsigned connections) {
    return fmt::format("{} {}, {} connection{}", verb, size.name, connections,
                       connections == 1 ? "" : "s");
}

// What `openssl dgst` does to as many bytes, with both hashes, on as many processors as the server may use.
double seconds_to_hash(std::string_view bytes, size_t times, unsigned threads) {
    return run_threads(threads, [&](unsigned thread) {
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
        for (size_t i = thread; i < times; i += threads)
            for (const EVP_MD* kind : {EVP_md5(), EVP_sha256()})
                if (EVP_Digest(bytes.data(), bytes.size(), digest.data(), nullptr, kind, nullptr) !=
                    1)
                    throw Failure("OpenSSL does not hash");
    });
}

void row_put(const Setting& setting, const Servers& servers, const Size& size, unsigned connections,
             const std::string& bytes) {
    const size_t times = std::max<size_t>(setting.scaled(size.puts), connections);
    const bool hashed = size.bytes >= 1 << 20;
    const std::string hash = sha256_hex(bytes);
    int round = 0;
    auto ours = [&] {
        std::vector<HttpRequest> requests;
        round++;
        for (size_t i = 0; i < times; i++)
            requests.push_back(servers.node.request(
                "PUT", fmt::format("/bench/put-{}-{}", round, i), bytes, {}, hash));
        const Load load = put_under_load(servers.node.endpoint(), connections, requests);
        tell("airmos", load);
        requests.clear();
        for (size_t i = 0; i < times; i++)
            requests.push_back(
                servers.node.request("DELETE", fmt::format("/bench/put-{}-{}", round, i)));
        (void)put_under_load(servers.node.endpoint(), connections, requests);
        return speed(load, size.bytes);
    };
    auto theirs = [&] {
        std::vector<HttpRequest> requests;
        for (size_t i = 0; i < times; i++)
            requests.push_back(plain(servers, "PUT", fmt::format("/put-{}-{}", round, i), bytes));
        Load load = put_under_load(servers.nginx, connections, requests);
        tell("nginx", load);
        for (size_t i = 0; i < times; i++)
            (void)std::remove(fmt::format("{}/put-{}-{}", servers.nginx_root, round, i).c_str());
        if (hashed) load.seconds += seconds_to_hash(bytes, times, connections == 1 ? 1 : 2);
        return speed(load, size.bytes);
    };
    report(setting, {.work = label("PUT", size, connections),
                     .unit = unit_of(size),
                     .samples = alternate(setting.rounds, ours, theirs),
                     .yardstick = hashed ? "nginx, then MD5 and SHA-256 of the bytes" : "nginx",
                     .target = Target::ratio_at_least(size.put_target)});
}

}  // namespace

void rows_get(const Setting& setting, const Servers& servers) {
    for (const Size& size : sizes(servers)) {
        const std::string bytes = made_bytes(size.bytes);
        std::ofstream(servers.nginx_root + "/get", std::ios::binary) << bytes;
        (void)servers.node.send(servers.node.request("PUT", "/bench/get", bytes));
        for (const unsigned connections : {1u, size.connections}) {
            const size_t times = std::max<size_t>(setting.scaled(size.gets), connections);
            auto measured = [&](const char* who, const Endpoint& endpoint,
                                const HttpRequest& request) {
                const Load load = repeat_under_load(endpoint, connections, request, times);
                if (load.bytes != times * size.bytes)
                    throw Failure(std::string(who) + " sent other bytes");
                tell(who, load);
                return speed(load, size.bytes);
            };
            const Samples samples = alternate(
                setting.rounds,
                [&] {
                    return measured("airmos", servers.node.endpoint(),
                                    servers.node.request("GET", "/bench/get"));
                },
                [&] { return measured("nginx", servers.nginx, plain(servers, "GET", "/get")); });
            report(setting, {.work = label("GET", size, connections),
                             .unit = unit_of(size),
                             .samples = samples,
                             .yardstick = "nginx, sendfile off",
                             .target = Target::ratio_at_least(size.get_target)});
        }
    }
}

void rows_put(const Setting& setting, const Servers& servers) {
    for (const Size& size : sizes(servers)) {
        const std::string bytes = made_bytes(size.bytes);
        for (const unsigned connections : {1u, size.connections})
            row_put(setting, servers, size, connections, bytes);
    }
}

}  // namespace csd::bench
