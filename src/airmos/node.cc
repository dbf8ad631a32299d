// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by tests/airmos.
#include "airmos/node.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <csignal>
#include <cstdio>
#include <ctime>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <thread>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"
#include "airmos/core/run_task.hpp"
#include "airmos/credentials.hpp"
#include "airmos/http/tls.hpp"
#include "airmos/keys.hpp"
#include "airmos/operations/metrics.hpp"
#include "airmos/operations/operation.hpp"
#include "base/version.hpp"

namespace csd::airmos {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kCutWait{10};
constexpr std::chrono::milliseconds kStopPoll{20};

void say(const std::string& text) {
    std::fputs((text + "\n").c_str(), stderr);
}

void log(LogLevel level, const std::string& text) {
    constexpr const char* kNames[] = {"debug", "info", "warning", "error"};
    if (level == LogLevel::kDebug) return;
    say(fmt::format("airmos: {}: {}", kNames[static_cast<size_t>(level)], text));
}

// Each connection is a descriptor, and so is each value that a drive in this process has open.
void allow_descriptors() {
    rlimit limit{};
    if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
}

// Which drives are not served, and which are still being read, by the names they were given; without these for strangers.
std::string health_of(bool ready, const std::vector<DriveState>& drives, bool with_names) {
    nlohmann::ordered_json page = {{"status", ready ? "ready" : "unavailable"}};
    if (with_names) {
        page["missing"] = nlohmann::json::array();
        page["reading"] = nlohmann::json::array();
        for (const DriveState& drive : drives) {
            if (drive.reachable && drive.read) continue;
            page[drive.reading ? "reading" : "missing"].push_back(drive.device);
        }
    }
    return page.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

class Node {
  public:
    Node(const Options& options, std::unique_ptr<Objects> objects)
        : options_(options),
          objects_(std::move(objects)),
          services_{*objects_, metrics_, options.region, {}, "airmos"},
          access_log_(options.log, STDOUT_FILENO),
          hashes_(cores()),
          loops_(cores()),
          signals_(loops_.at(0), SIGINT, SIGTERM) {}

    Status start() {
        if (Status status = take_keys(); !status.ok()) return status;
        serve_s3();
        serve_pages();
        ServerOptions server{options_.listen.host, options_.listen.port, nullptr, options_.limits};
        if (!options_.tls_certificate.empty()) {
            auto tls = open_tls(options_.tls_certificate, options_.tls_key);
            if (!tls.ok()) return tls.status();
            server.tls = std::move(tls).value();
        }
        auto started = Server::start(loops_, std::move(server), s3_, hashes_);
        if (!started.ok()) return started.status();
        servers_.push_back(std::move(started).value());
        if (!options_.credentials.empty()) {
            const std::string text = credentials_text(keys_, options_.region);
            const Status kept = write_credentials(options_.credentials, text);
            if (!kept.ok()) return kept;
        }
        if (!options_.metrics_listen) return {};
        const Address& address = *options_.metrics_listen;
        started = Server::start(loops_, {address.host, address.port, nullptr, options_.limits},
                                pages_, hashes_);
        if (!started.ok()) return started.status();
        servers_.push_back(std::move(started).value());
        return {};
    }

    void announce() const {
        const std::string host = options_.listen.host == "0.0.0.0" ? "127.0.0.1"
                                 : options_.listen.host == "::"    ? "::1"
                                                                   : options_.listen.host;
        const bool bracketed = host.find(':') != std::string::npos;
        const std::string url =
            fmt::format("{}://{}:{}", options_.tls_certificate.empty() ? "http" : "https",
                        bracketed ? "[" + host + "]" : host, servers_[0]->port());
        say(fmt::format("AirMOS {} serves S3 on {}", kVersion, url));
        if (servers_.size() > 1) {
            say(fmt::format("metrics on http://{}:{}/metrics", options_.metrics_listen->host,
                            servers_[1]->port()));
        }
        announce_client("aws --endpoint-url " + url + " --region " + options_.region + " s3 ls");
    }

    // Returns when the node was told to stop, and did.
    void run() {
        const auto wait = [](Node* self) -> Task<void> { co_await self->wait_and_stop(); };
        asio::co_spawn(loops_.at(0), wait(this), asio::detached);
        loops_.run();
    }

  private:
    // Says how a client gets the keys to run the command. The keys themselves are shown to a terminal only, as whatever
    // else standard error is may be kept.
    void announce_client(const std::string& command) const {
        if (!options_.credentials.empty()) {
            const std::string file = std::filesystem::absolute(options_.credentials).string();
            say("  AWS_SHARED_CREDENTIALS_FILE=" + shell_word(file) + " " + command);
        } else if (options_.keys) {
            say("  AWS_ACCESS_KEY_ID=$AIRMOS_ACCESS_KEY "
                "AWS_SECRET_ACCESS_KEY=$AIRMOS_SECRET_KEY " +
                command);
        } else if (::isatty(STDERR_FILENO) == 1) {
            say("  AWS_ACCESS_KEY_ID=" + keys_.access_key +
                " AWS_SECRET_ACCESS_KEY=" + keys_.secret_key + " " + command);
        } else {
            say("The node made its keys and keeps them on the first drive. Start it with "
                "--credentials FILE to have them in a file that clients read, or on a terminal to "
                "see them; or choose keys: AIRMOS_ACCESS_KEY and AIRMOS_SECRET_KEY.");
        }
    }

    static unsigned cores() { return std::max(2U, std::thread::hardware_concurrency()); }

    Status take_keys() {
        if (options_.keys) {
            keys_ = *options_.keys;
        } else {
            Outcome<auth::Keys> kept = run_task(kept_keys(*objects_));
            if (!kept.ok()) {
                return {Code::kTransport, "the node's keys cannot be read from the first drive: " +
                                              std::string(kept.error().message())};
            }
            keys_ = std::move(kept).value();
        }
        services_.owner_id = hex(sha256(as_bytes(keys_.access_key)));
        verifier_.emplace(keys_, options_.region, [] { return std::time(nullptr); });
        return {};
    }

    // What is about the drives is for those who may see the metrics.
    std::optional<Page> page(std::string_view path, bool with_metrics) {
        if (path == "/health/live") {
            return Page{"HealthLive", 200, "application/json", "{\"status\":\"live\"}\n"};
        }
        const bool metrics = path == "/metrics" && with_metrics;
        if (!metrics && path != "/health/ready") return std::nullopt;
        const std::vector<DriveState> drives = objects_->drives();
        const bool ready = is_ready(drives);
        if (metrics) {
            return Page{"Metrics", 200, "text/plain; version=0.0.4; charset=utf-8",
                        metrics_.text(drives, latency_bounds(), ready)};
        }
        return Page{"HealthReady", ready ? 200 : 503, "application/json",
                    health_of(ready, drives, with_metrics)};
    }

    // At first when every drive that can be read has been, so that a restart is over before clients come; from then on as
    // long as any drive is served: without a drive the node still has the objects of the others.
    bool is_ready(const std::vector<DriveState>& drives) {
        bool serves = false, reads = false;
        for (const DriveState& drive : drives) {
            serves = serves || (drive.reachable && drive.read);
            reads = reads || drive.reading;
        }
        const bool ready = serves && (!reads || was_ready_);
        if (ready) was_ready_ = true;
        return ready;
    }

    void serve_s3() {
        s3_.page = [this](std::string_view path) { return page(path, !options_.metrics_listen); };
        s3_.verifier = &*verifier_;
        s3_.domains = options_.domains;
        s3_.route = [this](const Request& request) {
            const Operation& operation = route(request);
            return Handling{operation.name, [this, &operation](Exchange& exchange) {
                                return operation.run(exchange, services_);
                            }};
        };
        s3_.connections = [this](int change) { metrics_.connections(change); };
        s3_.served = [this](const Served& served) {
            metrics_.request(served.operation, served.status, served.seconds, served.received_bytes,
                             served.sent_bytes);
            access_log_.write(served);
        };
    }

    void serve_pages() {
        pages_.page = [this](std::string_view path) { return page(path, true); };
        pages_.connections = s3_.connections;
    }

    size_t connections() const {
        size_t all = 0;
        for (const auto& server : servers_) all += server->connections();
        return all;
    }

    Task<bool> wait_for_connections(std::chrono::steady_clock::duration most) {
        asio::steady_timer timer(loops_.at(0));
        const auto end = std::chrono::steady_clock::now() + most;
        while (connections() > 0) {
            if (std::chrono::steady_clock::now() >= end) co_return false;
            timer.expires_after(kStopPoll);
            co_await timer.async_wait(asio::as_tuple(asio::use_awaitable));
        }
        co_return true;
    }

    Task<void> wait_and_stop() {
        co_await signals_.async_wait(asio::as_tuple(asio::use_awaitable));
        say(fmt::format("airmos: stopping; {} connections", connections()));
        for (const auto& server : servers_) server->stop();
        bool done = co_await wait_for_connections(options_.stop_wait);
        if (!done) {
            say(fmt::format("airmos: cutting {} connections", connections()));
            for (const auto& server : servers_) server->cut();
            done = co_await wait_for_connections(kCutWait);
        }
        // A drive that does not answer holds what waits for it. Nothing is lost by ending here: what was acknowledged
        // is on the drives.
        if (!done) std::_Exit(1);
        loops_.end();
    }

    const Options& options_;
    const std::unique_ptr<Objects> objects_;
    Metrics metrics_;
    Services services_;
    auth::Keys keys_;
    std::optional<auth::Verifier> verifier_;
    AccessLog access_log_;
    Application s3_, pages_;
    std::atomic<bool> was_ready_{false};
    HashHelper hashes_;
    EventLoops loops_;  // and with them every connection, before what they use
    asio::signal_set signals_;
    std::vector<std::unique_ptr<Server>> servers_;
};

}  // namespace

Status run_node(const Options& options) {
    (void)std::signal(SIGPIPE, SIG_IGN);  // of a log that nobody reads any more
    allow_descriptors();
    ObjectsOptions drives;
    drives.devices = options.drives;
    drives.log = log;
    Result<std::unique_ptr<Objects>> objects = Objects::open(std::move(drives));
    if (!objects.ok()) return objects.status();
    Node node(options, std::move(objects).value());
    if (Status status = node.start(); !status.ok()) return status;
    node.announce();
    node.run();
    say("airmos: stopped");
    return {};
}

}  // namespace csd::airmos
