/* Holds a pod's namespaces: waits to be told to stop, and reaps what the pod's processes leave behind. */
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static void stop(int number) {
  (void)number;
  _exit(0);
}

static void reap(int number) {
  (void)number;
  while (waitpid(-1, 0, WNOHANG) > 0) {
  }
}

int main(void) {
  struct sigaction stopping = {.sa_handler = stop};
  struct sigaction reaping = {.sa_handler = reap, .sa_flags = SA_NOCLDSTOP};
  if (sigaction(SIGINT, &stopping, 0) || sigaction(SIGTERM, &stopping, 0) || sigaction(SIGCHLD, &reaping, 0)) return 1;
  for (;;) pause();
}
