import HTTPTypes
import HummingbirdCore
import NIOCore
import NodeInterface

/// A file as an answer: never shown or run by a browser, in whole or in part.
enum FileDownload {
  /// - Parameter range: the header Range, if there is one; what it does not understand is passed over (RFC 9110 §14.2).
  static func response(_ file: FileContent, range: String?) -> Response {
    var headers: HTTPFields = [
      // What its sender calls it is not believed: nothing is to be done with it here but to keep it.
      .contentType: "application/octet-stream", .acceptRanges: "bytes",
      .contentDisposition: "attachment; filename*=UTF-8''" + escaped(file.name),
    ]
    guard let range, let asked = part(range, of: file.bytes.count) else {
      return Response(status: .ok, headers: headers, body: body(file.bytes[...]))
    }
    guard !asked.isEmpty else {
      headers[.contentRange] = "bytes */\(file.bytes.count)"
      return Response(status: .rangeNotSatisfiable, headers: headers)
    }
    headers[.contentRange] = "bytes \(asked.lowerBound)-\(asked.upperBound - 1)/\(file.bytes.count)"
    return Response(status: .partialContent, headers: headers, body: body(file.bytes[asked]))
  }

  private static func body(_ bytes: ArraySlice<UInt8>) -> ResponseBody {
    ResponseBody(byteBuffer: ByteBuffer(bytes: bytes))
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
