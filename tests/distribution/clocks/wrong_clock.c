// Preloaded into a process: its clock is wrong by as many seconds as the file says
// that WRONG_CLOCK names, which may change meanwhile. Only the time of day is; what
// measures durations (CLOCK_MONOTONIC) is right, as on a host whose clock is wrong.
//
// libfaketime 0.9.10, Debian 12's, cannot do that: with it Python's time.sleep()
// fails or does not end, and absl's waits, which are system calls, do not know of it.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const volatile long long* file;  // eight bytes, shared with who sets it
static long (*real_syscall)(long, ...);

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
// Which deadlines are of the time of day is not said: these are 30 years and more.
#define IS_TIME_OF_DAY(t) ((t)->tv_sec > 1000000000)

static long long offset(void) { return file ? *file : 0; }

// Called by each process once it knows its host: a child that was forked has another.
void wrong_clock(const char* path) {
  int fd = open(path, O_RDONLY);
  if (fd < 0) return;
  void* p = mmap(0, sizeof(long long), PROT_READ, MAP_SHARED, fd, 0);
  close(fd);
  if (p != MAP_FAILED) file = p;
}

__attribute__((constructor)) static void begin(void) {
  real_syscall = REAL(syscall);
  if (getenv("WRONG_CLOCK")) wrong_clock(getenv("WRONG_CLOCK"));
}

static int of_day(clockid_t id) {
  return id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE;
}

int clock_gettime(clockid_t id, struct timespec* t) {
  static int (*real)(clockid_t, struct timespec*);
  if (!real) real = REAL(clock_gettime);
  int result = real(id, t);
  if (!result && of_day(id)) t->tv_sec += offset();
  return result;
}

int gettimeofday(struct timeval* t, void* zone) {
  static int (*real)(struct timeval*, void*);
  if (!real) real = (void*)dlsym(RTLD_NEXT, "gettimeofday");
  int result = real(t, zone);
  if (!result) t->tv_sec += offset();
  return result;
}

time_t time(time_t* t) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (t) *t = now.tv_sec;
  return now.tv_sec;
}

// The kernel and glibc wait by the right clock.
static const struct timespec* righted(const struct timespec* t,
                                      struct timespec* own) {
  if (!t || !IS_TIME_OF_DAY(t)) return t;
  *own = *t;
  own->tv_sec -= offset();
  return own;
}

int pthread_cond_timedwait(pthread_cond_t* c, pthread_mutex_t* m,
                           const struct timespec* t) {
  static int (*real)(pthread_cond_t*, pthread_mutex_t*, const struct timespec*);
  struct timespec own;
  // There are two on x86-64; dlsym() would give the older one.
  if (!real)
    real = (void*)dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
  if (!real) real = REAL(pthread_cond_timedwait);
  return real(c, m, righted(t, &own));
}

int pthread_cond_clockwait(pthread_cond_t* c, pthread_mutex_t* m, clockid_t id,
                           const struct timespec* t) {
  static int (*real)(pthread_cond_t*, pthread_mutex_t*, clockid_t,
                     const struct timespec*);
  struct timespec own;
  if (!real) real = REAL(pthread_cond_clockwait);
  return real(c, m, id, righted(t, &own));
}

int pthread_mutex_timedlock(pthread_mutex_t* m, const struct timespec* t) {
  static int (*real)(pthread_mutex_t*, const struct timespec*);
  struct timespec own;
  if (!real) real = REAL(pthread_mutex_timedlock);
  return real(m, righted(t, &own));
}

int sem_timedwait(sem_t* s, const struct timespec* t) {
  static int (*real)(sem_t*, const struct timespec*);
  struct timespec own;
  if (!real) real = REAL(sem_timedwait);
  return real(s, righted(t, &own));
}

int sem_clockwait(sem_t* s, clockid_t id, const struct timespec* t) {
  static int (*real)(sem_t*, clockid_t, const struct timespec*);
  struct timespec own;
  if (!real) real = REAL(sem_clockwait);
  return real(s, id, righted(t, &own));
}

long syscall(long number, ...) {
  va_list list;
  va_start(list, number);
  long a[6];
  for (int i = 0; i < 6; i++) a[i] = va_arg(list, long);
  va_end(list);
  struct timespec own;
  if (number == SYS_futex) {
    int command = a[1] & FUTEX_CMD_MASK;
    if (command == FUTEX_WAIT_BITSET || command == FUTEX_LOCK_PI)
      a[3] = (long)righted((const struct timespec*)a[3], &own);
  }
  long result = real_syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
  if (number == SYS_clock_gettime && !result && of_day(a[0]))
    ((struct timespec*)a[1])->tv_sec += offset();
  return result;
}
