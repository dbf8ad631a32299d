/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Key Value namespaces: what may block, away from the main loop.
 *
 * A job is work with a BlockAIOCB, the contract that the rest of hw/nvme knows:
 * it runs on a thread of the pool of its pace and its callback is called
 * exactly once, by a bottom half. Cancelling takes effect in milliseconds: a
 * job that waits for a thread leaves the queue, one that runs is asked to stop
 * and waited for, or let go when it works on memory of its own only and changes
 * nothing: what has completed, aborted or not, must not happen later.
 *
 * While the VM is stopped, completions are held back, so that neither memory
 * nor queues of the guest change; cancelled jobs pass, for a reset has to end.
 *
 * Tested by tests/qtest/nvme-kv-*-test.c.
 */
#include "qemu/osdep.h"
#include "block/aio.h"
#include "block/aio-wait.h"
#include "qemu/main-loop.h"

#include "kv-internal.h"
#include "trace.h"

/* Few: they compete with the guest for the processors. */
#define NVME_KV_QUICK_THREADS 4
#define NVME_KV_BULK_THREADS  4

struct NvmeKvAIOCB {
    BlockAIOCB common;
    NvmeKvJob *job;             /* NULL once the job was let go */
};

static void nvme_kv_free_job(NvmeKvJob *job)
{
    if (job->ops->release) {
        job->ops->release(job);
    }
    g_free(job);
}

/* The job is no longer one that a callback waits for. */
static NvmeKvAIOCB *nvme_kv_leave(NvmeKvJob *job)
{
    NvmeKvAIOCB *acb = job->acb;

    QTAILQ_REMOVE(&job->kv->jobs, job, entry);
    job->kv->nr_moving -= job->pace != CSD_PACE_QUERY;
    job->acb = NULL;
    acb->job = NULL;
    return acb;
}

static void nvme_kv_complete(NvmeKvAIOCB *acb, int ret)
{
    acb->common.cb(acb->common.opaque, ret);
    qemu_aio_unref(acb);
}

static void nvme_kv_let_go_bh(void *opaque)
{
    nvme_kv_complete(opaque, -ECANCELED);
}

static void nvme_kv_cancel(NvmeKvJob *job)
{
    NvmeKv *kv = job->kv;
    NvmeKvPool *pool = &kv->pools[job->pace];
    int state;

    if (job->cancelled) {
        return;
    }
    job->cancelled = true;

    WITH_QEMU_LOCK_GUARD(&pool->lock) {
        state = job->state;
        if (state == NVME_KV_JOB_QUEUED) {
            QTAILQ_REMOVE(&pool->waiting, job, waiting_entry);
            pool->nr_waiting--;
            job->state = NVME_KV_JOB_DONE;
        }
    }
    trace_pci_nvme_kv_cancel(job, state);

    if (state == NVME_KV_JOB_RUNNING) {
        if (job->ops->stop) {
            job->ops->stop(job);
        }
        if (job->can_let_go) {
            aio_bh_schedule_oneshot(qemu_get_aio_context(), nvme_kv_let_go_bh,
                                    nvme_kv_leave(job));
        }
        return;
    }
    if (state == NVME_KV_JOB_QUEUED) {
        QTAILQ_INSERT_TAIL(&kv->ready, job, waiting_entry);
    }
    qemu_bh_schedule(kv->bh);
}

static void nvme_kv_cancel_async(BlockAIOCB *acb)
{
    NvmeKvJob *job = container_of(acb, NvmeKvAIOCB, common)->job;

    if (job) {
        nvme_kv_cancel(job);
    }
}

static const AIOCBInfo nvme_kv_aiocb_info = {
    .aiocb_size = sizeof(NvmeKvAIOCB),
    .cancel_async = nvme_kv_cancel_async,
};

static void *nvme_kv_thread(void *opaque)
{
    NvmeKvPool *pool = opaque;
    NvmeKv *kv = pool->kv;
    NvmeKvJob *job;

    qemu_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->stopping &&
               (pool->paused || QTAILQ_EMPTY(&pool->waiting))) {
            pool->nr_idle++;
            qemu_cond_wait(&pool->wake, &pool->lock);
            pool->nr_idle--;
        }
        job = QTAILQ_FIRST(&pool->waiting);
        if (!job) {
            break;
        }
        QTAILQ_REMOVE(&pool->waiting, job, waiting_entry);
        pool->nr_waiting--;
        job->state = NVME_KV_JOB_RUNNING;
        qemu_mutex_unlock(&pool->lock);

        job->ops->run(job);

        qemu_mutex_lock(&pool->lock);
        job->state = NVME_KV_JOB_DONE;
        qemu_mutex_unlock(&pool->lock);

        QSLIST_INSERT_HEAD_ATOMIC(&kv->finished, job, finished_entry);
        qemu_bh_schedule(kv->bh);
        qemu_mutex_lock(&pool->lock);
    }
    qemu_mutex_unlock(&pool->lock);
    return NULL;
}

static void nvme_kv_start_thread(NvmeKvPool *pool)
{
    QemuThread *thread = &pool->threads[pool->nr_threads++];

    qemu_thread_create(thread, "nvme-kv", nvme_kv_thread, pool,
                       QEMU_THREAD_JOINABLE);
}

BlockAIOCB *nvme_kv_submit(NvmeKvJob *job, BlockCompletionFunc *cb,
                           void *opaque)
{
    NvmeKv *kv = job->kv;
    NvmeKvPool *pool = &kv->pools[job->pace];
    bool all_busy;

    job->acb = qemu_aio_get(&nvme_kv_aiocb_info, NULL, cb, opaque);
    job->acb->job = job;
    QTAILQ_INSERT_TAIL(&kv->jobs, job, entry);
    kv->nr_moving += job->pace != CSD_PACE_QUERY;
    trace_pci_nvme_kv_submit(job, job->pace);

    WITH_QEMU_LOCK_GUARD(&pool->lock) {
        QTAILQ_INSERT_TAIL(&pool->waiting, job, waiting_entry);
        all_busy = ++pool->nr_waiting > pool->nr_idle;
        qemu_cond_signal(&pool->wake);
    }
    if (all_busy && pool->nr_threads < pool->max_threads) {
        nvme_kv_start_thread(pool);
    }
    return &job->acb->common;
}

/* What the threads have pushed, in the order in which they did. */
static void nvme_kv_collect(NvmeKv *kv)
{
    QSLIST_HEAD(, NvmeKvJob) latest_first;
    NvmeKvJob *job, *after = NULL;

    QSLIST_MOVE_ATOMIC(&latest_first, &kv->finished);
    QSLIST_FOREACH(job, &latest_first, finished_entry) {
        if (after) {
            QTAILQ_INSERT_BEFORE(after, job, waiting_entry);
        } else {
            QTAILQ_INSERT_TAIL(&kv->ready, job, waiting_entry);
        }
        after = job;
    }
}

static NvmeKvJob *nvme_kv_next(NvmeKv *kv)
{
    NvmeKvJob *job;

    nvme_kv_collect(kv);
    QTAILQ_FOREACH(job, &kv->ready, waiting_entry) {
        if (!kv->holding || job->cancelled) {
            QTAILQ_REMOVE(&kv->ready, job, waiting_entry);
            break;
        }
    }
    return job;
}

static void nvme_kv_bh(void *opaque)
{
    NvmeKv *kv = opaque;
    NvmeKvJob *job;

    /* A callback may run a nested event loop, which then goes on here. */
    qemu_bh_schedule(kv->bh);
    while ((job = nvme_kv_next(kv))) {
        if (job->acb) {
            NvmeKvAIOCB *acb = job->acb;
            int ret = job->ops->finish(job);

            nvme_kv_leave(job);
            nvme_kv_complete(acb, ret);
        }
        nvme_kv_free_job(job);
    }
    qemu_bh_cancel(kv->bh);
    /* A thread may have come in between the last look and the cancel. */
    if (!QSLIST_EMPTY(&kv->finished)) {
        qemu_bh_schedule(kv->bh);
    }
}

void nvme_kv_cancel_all(NvmeKv *kv)
{
    NvmeKvJob *job, *next;

    QTAILQ_FOREACH_SAFE(job, &kv->jobs, entry, next) {
        nvme_kv_cancel(job);
    }
}

static void nvme_kv_hold(NvmeKv *kv, bool hold)
{
    kv->holding = hold;
    for (int i = 0; i < NVME_KV_PACES; i++) {
        WITH_QEMU_LOCK_GUARD(&kv->pools[i].lock) {
            kv->pools[i].paused = hold;
            qemu_cond_broadcast(&kv->pools[i].wake);
        }
    }
    qemu_bh_schedule(kv->bh);
}

/*
 * Stopped means that no byte of the guest's memory moves: wait for what moves
 * data, and hold the rest. When QEMU is about to end nothing is waited for
 * that can be cancelled.
 */
static void nvme_kv_vm_state_changed(void *opaque, bool running, RunState state)
{
    NvmeKv *kv = opaque;

    trace_pci_nvme_kv_vm_state(nvme_nsid(kv->ns), running, kv->nr_moving);
    if (!running) {
        if (state == RUN_STATE_SHUTDOWN) {
            nvme_kv_cancel_all(kv);
        }
        AIO_WAIT_WHILE_UNLOCKED(NULL, kv->nr_moving > 0);
    }
    nvme_kv_hold(kv, !running);
}

void nvme_kv_jobs_init(NvmeKv *kv, unsigned int query_concurrent)
{
    static const unsigned int most[NVME_KV_PACES] = {
        [CSD_PACE_QUICK] = NVME_KV_QUICK_THREADS,
        [CSD_PACE_BULK] = NVME_KV_BULK_THREADS,
    };

    QSLIST_INIT(&kv->finished);
    QTAILQ_INIT(&kv->ready);
    QTAILQ_INIT(&kv->jobs);
    /* Controllers may share the namespace: each is guarded where data moves. */
    kv->bh = qemu_bh_new(nvme_kv_bh, kv);
    for (int i = 0; i < NVME_KV_PACES; i++) {
        NvmeKvPool *pool = &kv->pools[i];

        pool->kv = kv;
        pool->max_threads = most[i] ?: query_concurrent;
        pool->threads = g_new0(QemuThread, pool->max_threads);
        qemu_mutex_init(&pool->lock);
        qemu_cond_init(&pool->wake);
        QTAILQ_INIT(&pool->waiting);
    }
    kv->vm_state = qemu_add_vm_change_state_handler(nvme_kv_vm_state_changed,
                                                    kv);
}

/*
 * Cancels what is left and ends the threads. The callbacks of what was
 * cancelled are not called: nothing of the controller is left by now.
 */
void nvme_kv_jobs_destroy(NvmeKv *kv)
{
    NvmeKvJob *job;

    qemu_del_vm_change_state_handler(kv->vm_state);
    nvme_kv_cancel_all(kv);
    for (int i = 0; i < NVME_KV_PACES; i++) {
        NvmeKvPool *pool = &kv->pools[i];

        WITH_QEMU_LOCK_GUARD(&pool->lock) {
            pool->stopping = true;
            qemu_cond_broadcast(&pool->wake);
        }
        for (unsigned int t = 0; t < pool->nr_threads; t++) {
            qemu_thread_join(&pool->threads[t]);
        }
        qemu_cond_destroy(&pool->wake);
        qemu_mutex_destroy(&pool->lock);
        g_free(pool->threads);
    }
    qemu_bh_delete(kv->bh);
    nvme_kv_collect(kv);
    while ((job = QTAILQ_FIRST(&kv->ready))) {
        QTAILQ_REMOVE(&kv->ready, job, waiting_entry);
        nvme_kv_free_job(job);
    }
}
