import Foundation
import Node

/// How far a large file is, for people at a terminal: one line on standard error that writes itself anew.
enum Progress {
  private static let isShown = isatty(2) == 1

  @Sendable static func report(_ progress: TransferProgress) {
    guard isShown else { return }
    let percent = progress.total == 0 ? 100 : progress.done * 100 / progress.total
    let end = progress.done == progress.total ? "\n" : ""
    FileHandle.standardError.write(Data("\r\(percent) % of \(progress.total) bytes\(end)".utf8))
  }
}
