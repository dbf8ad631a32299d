// SPDX-License-Identifier: BSD-3-Clause
//
// Every operation, one file each (families of two or three short ones share one). route.cc says which request is which.
// Tested by operations_test.cc and, with the clients of others, tests/airmos.
#pragma once

#include "airmos/operations/operation.hpp"

namespace csd::airmos::ops {

Task<Outcome<>> list_buckets(Exchange& exchange, Services& services);

Task<Outcome<>> create_bucket(Exchange& exchange, Services& services);
Task<Outcome<>> head_bucket(Exchange& exchange, Services& services);
Task<Outcome<>> delete_bucket(Exchange& exchange, Services& services);
Task<Outcome<>> list_objects(Exchange& exchange, Services& services);
Task<Outcome<>> list_objects_v2(Exchange& exchange, Services& services);
Task<Outcome<>> list_object_versions(Exchange& exchange, Services& services);
Task<Outcome<>> list_multipart_uploads(Exchange& exchange, Services& services);
Task<Outcome<>> delete_objects(Exchange& exchange, Services& services);
Task<Outcome<>> get_bucket_tagging(Exchange& exchange, Services& services);
Task<Outcome<>> put_bucket_tagging(Exchange& exchange, Services& services);
Task<Outcome<>> delete_bucket_tagging(Exchange& exchange, Services& services);
Task<Outcome<>> get_bucket_acl(Exchange& exchange, Services& services);
Task<Outcome<>> put_bucket_acl(Exchange& exchange, Services& services);

// What a bucket can be asked and never had set: bucket_settings.cc.
Task<Outcome<>> get_bucket_location(Exchange& exchange, Services& services);
Task<Outcome<>> get_bucket_setting(Exchange& exchange, Services& services);

Task<Outcome<>> put_object(Exchange& exchange, Services& services);
Task<Outcome<>> copy_object(Exchange& exchange, Services& services);
Task<Outcome<>> get_object(Exchange& exchange, Services& services);
Task<Outcome<>> head_object(Exchange& exchange, Services& services);
Task<Outcome<>> delete_object(Exchange& exchange, Services& services);
Task<Outcome<>> get_object_attributes(Exchange& exchange, Services& services);
Task<Outcome<>> get_object_tagging(Exchange& exchange, Services& services);
Task<Outcome<>> put_object_tagging(Exchange& exchange, Services& services);
Task<Outcome<>> delete_object_tagging(Exchange& exchange, Services& services);
Task<Outcome<>> get_object_acl(Exchange& exchange, Services& services);
Task<Outcome<>> put_object_acl(Exchange& exchange, Services& services);

Task<Outcome<>> create_multipart_upload(Exchange& exchange, Services& services);
Task<Outcome<>> upload_part(Exchange& exchange, Services& services);
Task<Outcome<>> upload_part_copy(Exchange& exchange, Services& services);
Task<Outcome<>> complete_multipart_upload(Exchange& exchange, Services& services);
Task<Outcome<>> abort_multipart_upload(Exchange& exchange, Services& services);
Task<Outcome<>> list_parts(Exchange& exchange, Services& services);

Task<Outcome<>> select_object_content(Exchange& exchange, Services& services);

Task<Outcome<>> not_implemented(Exchange& exchange, Services& services);
Task<Outcome<>> method_not_allowed(Exchange& exchange, Services& services);
// The query has an argument that asks for something else than the rest of the request: route.cc.
Task<Outcome<>> refuse_misplaced_argument(Exchange& exchange, Services& services);

}  // namespace csd::airmos::ops
