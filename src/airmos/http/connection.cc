// SPDX-License-Identifier: BSD-3-Clause
//
// Tested by server_test.cc.
#include "airmos/http/connection.hpp"

#include <fmt/format.h>
#include <openssl/rand.h>

#include <boost/asio/post.hpp>

#include "airmos/body/claims.hpp"
#include "airmos/http/presigned.hpp"

namespace csd::airmos {
namespace {

using Clock = std::chrono::steady_clock;

constexpr uint64_t kMostLingeredBytes = 64 * kMiB;
constexpr std::chrono::seconds kLinger{2};
constexpr std::chrono::seconds kGoodbye{1};
// Says which node answered; the node is one.
constexpr std::string_view kHostId = "YWlybW9z";

bool is_signed(const Head& head) {
    return head.headers.has("authorization") || head.query.has("X-Amz-Algorithm") ||
           head.query.has("AWSAccessKeyId");
}

// A form of a browser has its signature in its fields, not in its head.
bool is_form(const Head& head) {
    return head.method == "POST" && !is_signed(head) &&
           head.headers.get("content-type").starts_with("multipart/form-data");
}

BodyClaims::ChecksumsAre meaning_of_checksums(const Head& head) {
    return head.method == "POST" && head.query.has("uploadId")
               ? BodyClaims::ChecksumsAre::kOfSomethingElse
               : BodyClaims::ChecksumsAre::kOfTheBody;
}

// Without aws-chunked, which is how the body came and not what the object is.
Fields headers_of_the_object(const Fields& headers) {
    Fields kept;
    for (const auto& [name, value] : headers) {
        std::string rest = name == "content-encoding" ? without_aws_chunked(value) : value;
        if (name != "content-encoding" || !rest.empty()) kept.add(name, std::move(rest));
    }
    return kept;
}

// What an operation sees of the connection.
class ServedExchange : public Exchange {
  public:
    ServedExchange(const Request& request, RequestBody& body, Response& response)
        : request_(request), body_(body), response_(response) {}

    const Request& request() const override { return request_; }
    RequestBody& body() override { return body_; }

    Task<Outcome<>> send(int status, std::string text, std::string_view content_type) override {
        if (!content_type.empty()) headers().set("content-type", std::string(content_type));
        const Outcome<> head = co_await response_.start(status, text.size(), headers());
        if (!head.ok() || text.empty()) co_return head;
        co_return co_await response_.write(as_bytes(text));
    }
    Task<Outcome<>> send_head(int status, std::optional<uint64_t> length) override {
        co_return co_await response_.start(status, length, headers());
    }
    Task<Outcome<>> write(Bytes piece) override { co_return co_await response_.write(piece); }
    bool head_sent() const override { return response_.started(); }
    bool client_is_gone() override { return response_.client_is_gone(); }

  private:
    const Request& request_;
    RequestBody& body_;
    Response& response_;
};

}  // namespace

// No two of a node are the same, nor are, but by a rare chance, those of two nodes. Nobody needs them to be hard to guess:
// random bytes for each would be a twentieth of the work of a small request.
std::string make_request_id() {
    static const uint64_t start = [] {
        uint64_t random = 0;
        RAND_bytes(reinterpret_cast<unsigned char*>(&random), sizeof(random));
        return random;
    }();
    static std::atomic<uint64_t> count{0};
    constexpr uint64_t kStep = 0x9E3779B97F4A7C15;  // odd, so that all 2^64 come before one returns
    return fmt::format("{:016X}", start + count++ * kStep);
}

struct Connection::Turn {
    explicit Turn(Channel& channel, const Limits& limits, Response::Context context)
        : response(channel, limits, std::move(context)) {}
    Response response;
    Request request;
    std::string_view operation = "-";
    Fields headers;  // that the operation set
    uint64_t received_bytes = 0;
};

Connection::Connection(boost::asio::any_io_executor loop, std::unique_ptr<Channel> channel,
                       ConnectionContext context)
    : loop_(std::move(loop)),
      channel_(std::move(channel)),
      context_(std::move(context)),
      input_(*channel_) {
    if (context_.application.connections) context_.application.connections(1);
}

Connection::~Connection() {
    if (context_.application.connections) context_.application.connections(-1);
}

void Connection::stop() {
    stopping_ = true;
    boost::asio::post(loop_, [self = shared_from_this()] {
        if (self->idle_) self->channel_->cut();
    });
}

void Connection::cut() {
    stopping_ = true;
    boost::asio::post(loop_, [self = shared_from_this()] { self->channel_->cut(); });
}

Task<void> Connection::run() {
    const Channel::End end = co_await channel_->handshake(context_.limits.head);
    if (end != Channel::End::kNone) co_return;
    bool again = true;
    while (again && !stopping_) {
        Outcome<std::optional<Head>> head = co_await read_head();
        if (!head.ok()) {
            again = co_await serve(head.error());
        } else if (head.value()) {
            again = co_await serve(std::move(*std::move(head).value()));
        } else {
            co_return;  // the client left between two requests
        }
    }
    co_await linger();
}

Task<void> Connection::refuse() {
    const Channel::End end = co_await channel_->handshake(context_.limits.head);
    if (end != Channel::End::kNone) co_return;
    Response response(*channel_, context_.limits, {make_request_id(), std::string(kHostId), "/"});
    response.close_after();
    const Error busy("SlowDown", "The node has as many connections as it may");
    const Fields none;
    (void)co_await response.fail(busy, none);
    co_await linger();
}

// Nothing: the client is gone, or says nothing, or the server stops.
Task<Outcome<std::optional<Head>>> Connection::read_head() {
    const Limits& limits = context_.limits;
    Clock::time_point deadline = Clock::now() + limits.idle;
    bool begun = false;
    while (true) {
        while (input_.text().starts_with("\r\n")) input_.consume(2);  // RFC 9112, 2.2
        const std::string_view text = input_.text();
        if (!text.empty() && !begun) {
            begun = true;
            deadline = Clock::now() + limits.head;
        }
        const size_t end = text.find("\r\n\r\n");
        if (std::min(end, text.size()) > limits.head_bytes) {
            co_return Error("RequestHeaderSectionTooLarge");
        }
        if (end != std::string_view::npos) {
            Outcome<Head> head = parse_head(text.substr(0, end + 4), limits);
            if (!head.ok()) co_return head.error();
            input_.consume(end + 4);
            co_return std::optional<Head>(std::move(head).value());
        }
        idle_ = !begun;
        if (idle_ && stopping_) co_return std::optional<Head>();
        const Channel::Got got = co_await input_.fill(deadline - Clock::now());
        idle_ = false;
        if (got.end == Channel::End::kNone) continue;
        if (got.end == Channel::End::kTimeout && begun) co_return Error("RequestTimeout");
        co_return std::optional<Head>();
    }
}

// True: the connection can take another request.
Task<bool> Connection::serve(Outcome<Head> head) {
    const Clock::time_point started = Clock::now();
    static const Head kNoHead;
    const Head& known = head.ok() ? head.value() : kNoHead;
    const std::string id = make_request_id();
    Turn turn(*channel_, context_.limits,
              {id, std::string(kHostId), known.target, known.method == "HEAD", known.http_1_0});
    turn.request.id = id;
    turn.request.method = known.method;
    turn.request.target = known.target;
    if (!head.ok() || !known.keep_alive || stopping_) turn.response.close_after();

    HttpBody body(*channel_, input_, known, context_.limits);
    Outcome<> handled = Nothing{};
    if (head.ok()) {
        handled = co_await handle(turn, known, body);
    } else {
        handled = head.error();
    }
    // What is left of the body stands before the next head, and a long rest is not waited for.
    if (!body.can_skip() || stopping_) turn.response.close_after();
    bool fine = false;
    if (handled.ok()) {
        fine = co_await turn.response.finish();
    } else {
        fine = co_await turn.response.fail(handled.error(), turn.headers);
    }
    bool again = fine && turn.response.keep_alive();
    if (again) again = co_await body.skip();
    if (context_.application.served) {
        context_.application.served({id, context_.remote, known.method, known.target,
                                     turn.request.bucket, turn.request.key, turn.operation,
                                     handled.ok() ? std::string_view() : handled.error().code(),
                                     known.headers.get("user-agent"), turn.response.status(),
                                     std::chrono::duration<double>(Clock::now() - started).count(),
                                     turn.received_bytes, turn.response.sent_bytes(),
                                     handled.ok() ? std::string_view() : handled.error().cause()});
    }
    if (!fine) channel_->cut();  // so that a part is not taken for the whole
    co_return again;
}

Task<Outcome<>> Connection::answer_page(Turn& turn, const Head& head, bool& answered) {
    const Application& application = context_.application;
    const bool reads = head.method == "GET" || head.method == "HEAD";
    if (!reads || is_signed(head) || !application.page) co_return Nothing{};
    const std::optional<Page> page = application.page(head.path);
    if (!page) co_return Nothing{};
    answered = true;
    turn.operation = page->name;
    turn.headers.add("content-type", page->content_type);
    turn.headers.add("cache-control", "no-store");
    const Outcome<> sent =
        co_await turn.response.start(page->status, page->text.size(), turn.headers);
    if (!sent.ok()) co_return sent;
    co_return co_await turn.response.write(as_bytes(page->text));
}

Task<Outcome<>> Connection::handle(Turn& turn, const Head& head, HttpBody& body) {
    bool answered = false;
    const Outcome<> page = co_await answer_page(turn, head, answered);
    if (answered || !page.ok()) co_return page;
    const Application& application = context_.application;
    if (application.verifier == nullptr) co_return Error("AccessDenied", "There is no such page");

    Outcome<Names> names = names_of(head.path, head.host, application.domains);
    if (!names.ok()) co_return names.error();
    Request& request = turn.request;
    request.bucket = std::move(names.value().bucket);
    request.key = std::move(names.value().key);
    request.host = head.host;
    request.secure = context_.secure;
    request.query = head.query;

    if (is_form(head)) {
        turn.operation = "PostObject";
        co_return Error("NotImplemented",
                        "Uploads by a form are not implemented; use a presigned PUT");
    }
    const Outcome<auth::Verified> verified =
        application.verifier->verify({head.method, head.path, head.query, head.headers});
    if (!verified.ok()) co_return verified.error();
    request.headers = head.headers;
    if (is_presigned(head.query)) {
        const Outcome<> added = add_presigned_parameters(head.query, request.headers);
        if (!added.ok()) co_return added.error();
    }
    Outcome<BodyClaims> claims =
        BodyClaims::of(request.headers, verified.value(), meaning_of_checksums(head));
    if (!claims.ok()) co_return claims.error();
    if (claims.value().chunked) request.headers = headers_of_the_object(request.headers);
    const Handling handling = application.route(request);
    turn.operation = handling.operation;
    VerifiedBody payload(body, std::move(claims).value(), &context_.hashes);
    ServedExchange exchange(request, payload, turn.response);
    Outcome<> done = Error("InternalError");
    try {
        done = co_await handling.run(exchange);
    } catch (const std::exception& failed) {  // no memory: this request failed, the node goes on
        done = Error("InternalError").because(failed.what());
    }
    turn.received_bytes = payload.payload_bytes();
    turn.headers = std::move(exchange.headers());
    if (done.ok() && !turn.response.started()) co_return Error("InternalError");
    co_return done;
}

// Takes what the client still sends, for a moment: closing at once would reset the connection, and the client might
// never see the answer.
Task<void> Connection::linger() {
    co_await channel_->say_goodbye(kGoodbye);
    std::vector<uint8_t> rest(64 * kKiB);
    const Clock::time_point end = Clock::now() + kLinger;
    for (uint64_t taken = 0; taken < kMostLingeredBytes && Clock::now() < end;) {
        const Channel::Got got = co_await channel_->read_some(rest, end - Clock::now());
        if (got.end != Channel::End::kNone) break;
        taken += got.bytes;
    }
    channel_->cut();
}

}  // namespace csd::airmos
