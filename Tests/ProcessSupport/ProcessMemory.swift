import Foundation

extension RunningProcess {
  /// What a process takes of the machine's memory, in KiB, from `/proc`.
  package struct Memory: Hashable, Sendable {
    /// Now (VmRSS).
    package let resident: Int
    /// At most until now (VmHWM).
    package let peak: Int
    /// Of it now, what is not a file's (RssAnon): the pages of the program itself, which come in as they are first used,
    /// do not count.
    package let anonymous: Int
  }

  /// - Throws: ``ProcessFailure/unexpectedOutput(_:)`` once it has ended.
  package func memory() throws(ProcessFailure) -> Memory {
    let path = "/proc/\(processID)/status"
    guard let status = try? String(contentsOfFile: path, encoding: .utf8) else {
      throw .unexpectedOutput("\(path) cannot be read")
    }
    func value(_ name: String) -> Int? {
      status.split(separator: "\n").first { $0.hasPrefix(name + ":") }
        .flatMap { line in Int(line.split(whereSeparator: { !$0.isNumber }).first ?? "") }
    }
    guard let resident = value("VmRSS"), let peak = value("VmHWM"), let anonymous = value("RssAnon")
    else { throw .unexpectedOutput("\(path) has no VmRSS") }
    return Memory(resident: resident, peak: peak, anonymous: anonymous)
  }
}
