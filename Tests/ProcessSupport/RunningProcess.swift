import Foundation

/// A program of this package, running as a process of its own.
///
/// Standard input is closed (`/dev/null`), output is collected, and the process is killed when the value goes.
package final class RunningProcess: Sendable {
  package let processID: Int32
  private let name: String
  private let record = ProcessRecord()

  /// Starts `program` (a name beside the test bundle, or a path).
  ///
  /// - Parameter environment: the whole environment; `PATH` and what tells sanitizers what to do are passed on by themselves.
  package init(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws(ProcessFailure) {
    let path = program.contains("/") ? program : try BuiltProgram.path(program)
    var all = environment
    for name in ["PATH", "ASAN_OPTIONS", "TSAN_OPTIONS"] where all[name] == nil {
      all[name] = ProcessInfo.processInfo.environment[name]
    }
    let spawned = try Self.spawn(path, arguments, environment: all)
    processID = spawned.processID
    name = program
    let (record, processID) = (record, processID)
    Self.read(spawned.standardOutput) { bytes in
      record.update { $0.standardOutput += bytes }
    } end: {
      record.update { $0.openStreams -= 1 }
    }
    Self.read(spawned.standardError) { bytes in
      record.update { $0.standardError += bytes }
    } end: {
      record.update { $0.openStreams -= 1 }
    }
    Thread.detachNewThread {
      // Wait without reaping first: the number stays ours until the record's lock is held.
      var information = siginfo_t()
      while waitid(P_PID, id_t(processID), &information, WEXITED | WNOWAIT) < 0, errno == EINTR {}
      record.reap(processID)
    }
  }

  deinit { record.signal(SIGKILL, to: processID) }

  /// What it has written to standard output so far.
  package var standardOutput: String { String(decoding: record.snapshot.standardOutput, as: UTF8.self) }
  /// What it has written to standard error so far.
  package var standardError: String { record.snapshot.standardErrorText }

  /// Asks it to end (SIGTERM).
  package func terminate() { record.signal(SIGTERM, to: processID) }
  /// Ends it without letting it do anything (kill -9).
  package func kill() { record.signal(SIGKILL, to: processID) }
  /// Sends any other signal.
  package func send(signal: Int32) { record.signal(signal, to: processID) }

  /// The line number `index` of standard output, without its end, as soon as it is complete.
  package func line(_ index: Int = 0, within limit: Duration = .seconds(30)) async throws(ProcessFailure) -> String {
    let what = "line \(index + 1) of \(name)"
    return try await record.wait(for: what, within: limit) { snapshot in
      let lines = snapshot.standardOutput.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
      if lines.count > index + 1 { return .success(String(decoding: lines[index], as: UTF8.self)) }
      guard snapshot.isComplete, let exit = snapshot.exit else { return nil }
      return .failure(.ended(exit, waitingFor: what, standardError: snapshot.standardErrorText))
    }
  }

  /// How it ended, once it has and everything that it wrote has been read.
  package func exit(within limit: Duration = .seconds(30)) async throws(ProcessFailure) -> ExitStatus {
    try await record.wait(for: "the end of \(name)", within: limit) { snapshot in
      guard snapshot.isComplete, let exit = snapshot.exit else { return nil }
      return .success(exit)
    }
  }

  /// Runs a program to its end.
  package static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:], within limit: Duration = .seconds(60)
  ) async throws(ProcessFailure) -> FinishedProcess {
    let process = try RunningProcess(program, arguments, environment: environment)
    let exit = try await process.exit(within: limit)
    return FinishedProcess(
      exit: exit, standardOutput: process.standardOutput, standardError: process.standardError)
  }
}

/// What a process that has ended left behind.
package struct FinishedProcess: Sendable {
  package let exit: ExitStatus
  package let standardOutput: String
  package let standardError: String
}
