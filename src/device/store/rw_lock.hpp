// SPDX-License-Identifier: BSD-3-Clause
//
// RwLock: std::shared_mutex that does not let readers starve a writer.
//
// glibc's default prefers readers; with dozens of threads asking whether keys exist, a store would
// wait for a moment without any. A thread must not take it shared twice. Tested through the store.
#pragma once

#include <pthread.h>

namespace csd::store {

class RwLock {
  public:
    RwLock() {
        pthread_rwlockattr_t attributes;
        pthread_rwlockattr_init(&attributes);
        pthread_rwlockattr_setkind_np(&attributes, PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP);
        pthread_rwlock_init(&lock_, &attributes);
        pthread_rwlockattr_destroy(&attributes);
    }
    RwLock(const RwLock&) = delete;
    RwLock& operator=(const RwLock&) = delete;
    ~RwLock() { pthread_rwlock_destroy(&lock_); }

    void lock() { pthread_rwlock_wrlock(&lock_); }
    void unlock() { pthread_rwlock_unlock(&lock_); }
    void lock_shared() { pthread_rwlock_rdlock(&lock_); }
    bool try_lock_shared() { return pthread_rwlock_tryrdlock(&lock_) == 0; }
    void unlock_shared() { pthread_rwlock_unlock(&lock_); }

  private:
    pthread_rwlock_t lock_;
};

}  // namespace csd::store
