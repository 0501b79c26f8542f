import HTTPTypes
import HummingbirdCore
import NIOCore
import NodeInterface

/// A file as an answer: never shown or run by a browser, in whole or in part.
enum FileDownload {
  /// - Parameters:
  ///   - range: the header Range, if there is one; what it does not understand is passed over (RFC 9110 §14.2).
  ///   - watch: runs while the body is written, and is cancelled then.
  static func response(
    _ file: FileContent, range: String?,
    watch: @escaping @Sendable () async -> Void
  ) -> Response {
    var headers: HTTPFields = [
      // What its sender calls it is not believed: nothing is to be done with it here but to keep it.
      .contentType: "application/octet-stream", .acceptRanges: "bytes",
      .contentDisposition: "attachment; filename*=UTF-8''" + escaped(file.name),
    ]
    guard let range, let asked = part(range, of: file.byteCount) else {
      return Response(status: .ok, headers: headers, body: body(file, 0..<file.byteCount, watch))
    }
    guard !asked.isEmpty else {
      headers[.contentRange] = "bytes */\(file.byteCount)"
      return Response(status: .rangeNotSatisfiable, headers: headers)
    }
    headers[.contentRange] = "bytes \(asked.lowerBound)-\(asked.upperBound - 1)/\(file.byteCount)"
    return Response(status: .partialContent, headers: headers, body: body(file, asked, watch))
  }

  /// What cannot be given to the end breaks the connection: the client sees that it is short of what was announced.
  private static func body(
    _ file: FileContent, _ part: Range<Int>,
    _ watch: @escaping @Sendable () async -> Void
  ) -> ResponseBody {
    ResponseBody(contentLength: part.count) { writer in
      async let _: Void = watch()
      try await file.read(part) { bytes in try await writer.write(ByteBuffer(bytes: bytes)) }
      try await writer.finish(nil)
    }
  }

  /// The bytes that one range names; empty when there are none of them, nil when it is not one range of bytes.
  static func part(_ range: String, of count: Int) -> Range<Int>? {
    guard range.hasPrefix("bytes=") else { return nil }
    let ends = range.dropFirst(6).split(separator: "-", omittingEmptySubsequences: false)
    guard ends.count == 2, ends.allSatisfy({ $0.utf8.allSatisfy { (0x30...0x39).contains($0) } }) else { return nil }
    switch (Int(ends[0]), Int(ends[1])) {
    case (let first?, let last?):
      guard first <= last else { return nil }
      return first < count ? first..<min(last, count - 1) + 1 : count..<count
    case (let first?, nil) where ends[1].isEmpty: return min(first, count)..<count
    case (nil, let last?) where ends[0].isEmpty: return max(0, count - last)..<count
    default: return nil
    }
  }

  /// As RFC 8187 wants it: everything but letters and digits as %XX.
  private static func escaped(_ name: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var text = ""
    for byte in name.utf8 {
      switch byte {
      case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
        UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
        text.unicodeScalars.append(Unicode.Scalar(byte))
      default: text += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
      }
    }
    return text
  }
}
