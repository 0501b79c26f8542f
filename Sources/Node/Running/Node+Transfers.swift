import Messaging
import RelayClient

/// Uploads run beside the sending loop: a relay that takes a file slowly, or not at all, keeps no message waiting.
extension Node {
  /// Uploads at once; more wait for their turn.
  static let uploadsAtOnce = 3

  /// Takes an upload up if there is room for it, and nobody is at it.
  ///
  /// - Returns: whether the caller is to perform it.
  func takeUpload(_ work: UploadWork) -> Bool {
    guard !uploading.contains(work.outboxID), uploading.count < Self.uploadsAtOnce else { return false }
    uploading.insert(work.outboxID)
    return true
  }

  /// Performs an upload that was taken up, and notes what came of it.
  func performTaken(_ work: UploadWork) async throws {
    defer {
      uploading.remove(work.outboxID)
      doorbell.ring()
    }
    if try await perform(.upload(work)) == .unreachable {
      stalledUploads.insert(work.host)
    } else {
      stalledUploads.remove(work.host)
    }
  }
}
