import Foundation

extension RunningProcess {
  /// The most memory that it ever had in use at once (VmHWM), in bytes.
  package func peakMemory() throws(ProcessFailure) -> Int {
    guard let status = try? String(contentsOfFile: "/proc/\(processID)/status", encoding: .utf8),
      let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
    else { throw .unexpectedOutput("process \(processID) has no VmHWM") }
    return kibibytes << 10
  }
}

/// The limit on open files of this process and of those that it starts.
package enum OpenFiles {
  /// Raises it as far as the system lets it.
  ///
  /// - Returns: how many may be open now.
  package static func raiseLimit() -> Int {
    var limit = rlimit()
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
    return Int(limit.rlim_cur)
  }
}
