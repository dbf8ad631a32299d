// SPDX-License-Identifier: BSD-3-Clause
//
// What AirMOS does with a stranger's head before anything is believed: HTTP, names, signature, claims of the body.
//
// Input: the head of a request.
#include "airmos/auth/verifier.hpp"
#include "airmos/body/claims.hpp"
#include "airmos/core/encoding.hpp"
#include "airmos/http/head.hpp"

#include <cstdlib>

using namespace csd::airmos;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    if (size > 64 * 1024) return 0;
    static const auth::Verifier kVerifier({"access", "secret"}, "us-east-1",
                                          [] { return 1369353600; });
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    const Outcome<Head> parsed = parse_head(text, Limits());
    if (!parsed.ok()) return 0;
    const Head& head = parsed.value();
    if (head.path.empty() || head.path[0] != '/') abort();
    if (head.chunked && head.content_length) abort();

    const Outcome<Names> names = names_of(head.path, head.host, {"s3.example"});
    if (names.ok() && (!valid_utf8(names.value().key) || names.value().key.size() > 1024)) abort();
    // The text that is signed does not depend on how often it was encoded.
    const std::string canonical = auth::canonical_path(head.path);
    if (auth::canonical_path(canonical) != canonical) abort();

    const Outcome<auth::Verified> verified =
        kVerifier.verify({head.method, head.path, head.query, head.headers});
    if (verified.ok()) abort();  // nobody guesses a signature
    for (const auth::Payload payload :
         {auth::Payload::kUnsigned, auth::Payload::kUnsignedTrailer}) {
        auth::Verified claimed;
        claimed.payload = payload;
        (void)BodyClaims::of(head.headers, claimed, BodyClaims::ChecksumsAre::kOfTheBody).ok();
    }
    return 0;
}
