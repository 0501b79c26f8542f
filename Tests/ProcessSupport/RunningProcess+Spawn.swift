import Foundation
import Synchronization

/// Held while pipes are made and handed over, so that a child started meanwhile cannot inherit their ends.
private let spawning = Mutex(())

/// The system calls behind ``RunningProcess``.
extension RunningProcess {
  /// A started program and the reading ends of its output.
  struct Spawned {
    let processID: pid_t
    let standardOutput: Int32
    let standardError: Int32
  }

  /// Starts `path` with its output in two pipes.
  static func spawn(
    _ path: String, _ arguments: [String], environment: [String: String]
  ) throws(ProcessFailure) -> Spawned {
    try spawning.withLock { (_) throws(ProcessFailure) in
      let output = try makePipe(for: path)
      defer { close(output.write) }
      let error = try makePipe(for: path)
      defer { close(error.write) }
      let processID = try spawn(
        path, arguments, environment: environment, standardOutput: output.write, standardError: error.write)
      return Spawned(processID: processID, standardOutput: output.read, standardError: error.read)
    }
  }

  /// A pipe that is closed in children.
  private static func makePipe(for program: String) throws(ProcessFailure) -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { throw .notStarted(program: program, errno: errno) }
    for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    return (ends[0], ends[1])
  }

  /// Reads `descriptor` to its end on a thread of its own.
  static func read(
    _ descriptor: Int32, bytes: @escaping @Sendable (ArraySlice<UInt8>) -> Void, end: @escaping @Sendable () -> Void
  ) {
    Thread.detachNewThread {
      var buffer = [UInt8](repeating: 0, count: 65_536)
      while true {
        let count = Foundation.read(descriptor, &buffer, buffer.count)
        if count > 0 {
          bytes(buffer[..<count])
        } else if count == 0 || errno != EINTR {
          break
        }
      }
      close(descriptor)
      end()
    }
  }

  /// `posix_spawn` with an empty signal mask and default signal handlers.
  private static func spawn(
    _ path: String, _ arguments: [String], environment: [String: String], standardOutput: Int32, standardError: Int32
  ) throws(ProcessFailure) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_adddup2(&actions, standardOutput, 1)
    posix_spawn_file_actions_adddup2(&actions, standardError, 2)

    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF))

    var argumentPointers = ([path] + arguments).map { strdup($0) } + [nil]
    var environmentPointers = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer {
      for pointer in argumentPointers + environmentPointers { free(pointer) }
    }
    var processID: pid_t = 0
    let result = posix_spawn(&processID, path, &actions, &attributes, &argumentPointers, &environmentPointers)
    guard result == 0 else { throw .notStarted(program: path, errno: result) }
    return processID
  }
}
