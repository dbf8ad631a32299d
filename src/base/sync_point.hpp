// SPDX-License-Identifier: BSD-3-Clause
//
// Sync points: named places between two steps of an operation, where a test can hold a thread.
//
//     CSD_SYNC_POINT("install.named");      // in the code under test
//     ParkedThread parked("install.named"); // in the test; base/sync_point_control.hpp
//
// A race between two steps can then be shown without luck: one thread is parked between them while another runs. The
// macro is nothing unless CSD_SYNC_POINTS is defined, which only test libraries do (csd_store_sync); programs have none.
#pragma once

#ifdef CSD_SYNC_POINTS
namespace csd {
void reach_sync_point(const char* name);
}  // namespace csd
#define CSD_SYNC_POINT(name) ::csd::reach_sync_point(name)
#else
#define CSD_SYNC_POINT(name) static_cast<void>(0)
#endif
