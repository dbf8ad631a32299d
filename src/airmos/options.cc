// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by options_test.cc.
#include "airmos/options.hpp"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>

#include "base/first_mistake.hpp"
#include "base/version.hpp"

namespace csd::airmos {
namespace {

constexpr const char* kFooter =
    "DEVICE is one of\n"
    "  DIRECTORY, or emulator:DIR[?size=BYTES&sync=always&...]   the drive in this process\n"
    "  /dev/ngXnY, /dev/nvmeX         Linux passthrough\n"
    "  pcie:DDDD:BB:DD.F[/NSID]       SPDK NVMe driver\n"
    "  bdev:NAME@CONFIG.json          SPDK bdev layer\n"
    "  tcp:HOST:PORT/SUBNQN[/NSID]    SPDK NVMe/TCP\n"
    "\n"
    "The keys are in AIRMOS_ACCESS_KEY and AIRMOS_SECRET_KEY. Without them the node makes a pair\n"
    "once, keeps it on the first drive, shows it on a terminal, and listens on loopback only.\n"
    "--credentials FILE hands the keys to AWS_SHARED_CREDENTIALS_FILE=FILE aws ...\n"
    "\n"
    "Examples:\n"
    "  airmos --drive emulator:/var/lib/airmos/drive --credentials airmos.keys\n"
    "  airmos --drive /dev/ng0n1 --drive /dev/ng1n1 --listen 0.0.0.0:9000 \\\n"
    "         --tls-certificate node.pem --tls-key node.key\n"
    "  airmos --drive /dev/ng0n1 --domain s3.example.org --metrics-listen 127.0.0.1:9100";

// What an address is checked by while the line is parsed, so that the first mistake in it is the one that is named.
CLI::Validator an_address() {
    return CLI::Validator(
        [](const std::string& text) { return parse_address(text).status().message(); }, "");
}

// Everything that CLI11 fills before it is judged.
struct Texts {
    std::string listen = "127.0.0.1:9000", metrics_listen, log;
    unsigned idle_seconds, head_seconds, pause_seconds, stop_seconds;
};

void declare(CLI::App& app, Options& options, Texts& texts) {
    app.set_version_flag("--version", std::string("airmos ") + kVersion);
    app.footer(kFooter);
    app.add_option("--drive", options.drives, "A drive; once for each, always in the same order")
        ->required()
        ->take_all()
        ->allow_extra_args(false)
        ->type_name("DEVICE");
    app.add_option("--listen", texts.listen, "Where S3 is served")
        ->capture_default_str()
        ->check(an_address())
        ->type_name("ADDRESS:PORT");
    app.add_option("--metrics-listen", texts.metrics_listen,
                   "Serve /metrics there, and not beside S3")
        ->check(an_address())
        ->type_name("ADDRESS:PORT");
    auto* certificate =
        app.add_option("--tls-certificate", options.tls_certificate, "Serve HTTPS: the chain, PEM")
            ->type_name("FILE");
    auto* key = app.add_option("--tls-key", options.tls_key, "The certificate's key, PEM")
                    ->type_name("FILE");
    certificate->needs(key);
    key->needs(certificate);
    app.add_option("--region", options.region, "The region that signatures name")
        ->capture_default_str()
        ->type_name("NAME");
    app.add_option("--domain", options.domains,
                   "Requests to BUCKET.NAME are for that bucket; may be repeated")
        ->take_all()
        ->allow_extra_args(false)
        ->type_name("NAME");
    app.add_option("--credentials", options.credentials,
                   "Write the keys there, for AWS_SHARED_CREDENTIALS_FILE")
        ->type_name("FILE");
    app.add_option("--log", texts.log,
                   "The access log on standard output: json, text or none (json if absent, but "
                   "none on a terminal)")
        ->check(CLI::IsMember({"json", "text", "none"}))
        ->type_name("FORM");

    Limits& limits = options.limits;
    const std::string group = "Limits";
    app.add_option("--connections", limits.connections, "Most connections at a time")
        ->capture_default_str()
        ->check(CLI::Range(1, 100000))
        ->group(group);
    app.add_option("--head-bytes", limits.head_bytes, "Largest head of a request")
        ->capture_default_str()
        ->check(CLI::Range(4096, 1 << 20))
        ->group(group);
    const auto seconds = [&](const char* name, unsigned& value, const char* help) {
        app.add_option(name, value, help)
            ->capture_default_str()
            ->check(CLI::Range(1, 86400))
            ->type_name("SECONDS")
            ->group(group);
    };
    seconds("--idle-seconds", texts.idle_seconds, "Between two requests of a connection");
    seconds("--head-seconds", texts.head_seconds, "From the first byte of a head to its last");
    seconds("--pause-seconds", texts.pause_seconds, "Longest pause of a client within a body");
    seconds("--stop-seconds", texts.stop_seconds, "For requests in flight when the node stops");
    app.add_option("--least-rate", limits.least_bytes_per_second,
                   "Bytes a second that a body must come with, after a minute")
        ->capture_default_str()
        ->check(CLI::Range(1, 1 << 30))
        ->group(group);
}

Status judge(Options& options, const Texts& texts) {
    Result<Address> listen = parse_address(texts.listen);
    if (!listen.ok()) return {Code::kUsage, "--listen: " + listen.status().message()};
    options.listen = std::move(listen).value();
    if (!texts.metrics_listen.empty()) {
        Result<Address> metrics = parse_address(texts.metrics_listen);
        if (!metrics.ok()) {
            return {Code::kUsage, "--metrics-listen: " + metrics.status().message()};
        }
        options.metrics_listen = std::move(metrics).value();
    }
    // On a terminal the lines would push away what the node says there, its keys among it.
    if (texts.log == "none" || (texts.log.empty() && ::isatty(STDOUT_FILENO) == 1)) {
        options.log = AccessLog::Form::kNone;
    } else if (texts.log == "text") {
        options.log = AccessLog::Form::kText;
    }
    options.limits.idle = std::chrono::seconds(texts.idle_seconds);
    options.limits.head = std::chrono::seconds(texts.head_seconds);
    options.limits.pause = std::chrono::seconds(texts.pause_seconds);
    options.stop_wait = std::chrono::seconds(texts.stop_seconds);
    return {};
}

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

Status take_keys(Options& options) {
    auth::Keys keys{environment("AIRMOS_ACCESS_KEY"), environment("AIRMOS_SECRET_KEY")};
    if (keys.access_key.empty() && keys.secret_key.empty()) {
        if (is_loopback(options.listen.host)) return {};
        return {Code::kUsage,
                "to listen on an address that others reach, set AIRMOS_ACCESS_KEY and "
                "AIRMOS_SECRET_KEY"};
    }
    const auto odd = [](const std::string& text) {
        return std::any_of(text.begin(), text.end(), [](char c) { return c <= ' ' || c > '~'; });
    };
    if (keys.access_key.size() < 3 || keys.access_key.size() > 128 || odd(keys.access_key) ||
        keys.access_key.find_first_of("/,=") != std::string::npos) {
        return {Code::kUsage,
                "AIRMOS_ACCESS_KEY must be 3 to 128 printable characters without / , ="};
    }
    if (keys.secret_key.size() < 8 || keys.secret_key.size() > 128 || odd(keys.secret_key)) {
        return {Code::kUsage, "AIRMOS_SECRET_KEY must be 8 to 128 printable characters"};
    }
    options.keys = std::move(keys);
    return {};
}

}  // namespace

Parsed parse_options(int argc, const char* const* argv) {
    Parsed parsed;
    Options& options = parsed.options;
    Texts texts{};
    texts.idle_seconds = static_cast<unsigned>(options.limits.idle.count());
    texts.head_seconds = static_cast<unsigned>(options.limits.head.count());
    texts.pause_seconds = static_cast<unsigned>(options.limits.pause.count());
    texts.stop_seconds = static_cast<unsigned>(options.stop_wait.count());
    CLI::App app("An S3 object store node whose storage is Key Value drives.", "airmos");
    declare(app, options, texts);
    parsed.exit_status = parse_command_line(app, argc, argv);
    if (parsed.exit_status) return parsed;
    Status status = judge(options, texts);
    if (status.ok()) status = take_keys(options);
    if (status.ok()) return parsed;
    std::cerr << "airmos: " << status.message() << "\n";
    parsed.exit_status = kExitUsage;
    return parsed;
}

}  // namespace csd::airmos
