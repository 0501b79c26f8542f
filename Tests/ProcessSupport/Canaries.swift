package import Foundation

/// Things that a relay must never have, and the search for them in every spelling: raw, in hex in both cases, in base64 at
/// each of its three alignments and in both alphabets, and texts in UTF-16 too.
package struct Canaries: Sendable {
  private typealias Search =
    @convention(c) (UnsafeRawPointer?, Int, UnsafeRawPointer?, Int) -> UnsafeRawPointer?

  /// The C library's memmem, which its headers hide from Swift: memory is too large for anything slower.
  private static let search = unsafeBitCast(dlsym(nil, "memmem"), to: Search.self)

  private var spellings: [(label: String, bytes: Data)] = []

  package init() {}

  package mutating func add(_ label: String, text: String) {
    add(label, bytes: Array(text.utf8))
    for utf16 in [
      text.utf16.flatMap { [UInt8($0 & 0xff), UInt8($0 >> 8)] },
      text.utf16.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xff)] },
    ] {
      spellings.append((label, Data(utf16)))
    }
  }

  /// Spellings of less than 8 bytes are left out: they would be found by chance.
  package mutating func add(_ label: String, bytes: some Sequence<UInt8>) {
    for spelling in Set(Self.spellings(of: Array(bytes))) where spelling.count >= 8 {
      spellings.append((label, spelling))
    }
  }

  /// Looks for the bytes as they are and in no other spelling: for keys, of which there are many.
  package mutating func add(_ label: String, rawBytes: some Sequence<UInt8>) {
    spellings.append((label, Data(rawBytes)))
  }

  /// Every way in which `bytes` may have been written down.
  package static func spellings(of bytes: [UInt8]) -> [Data] {
    let hex = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    var spellings = [Data(bytes), Data(hex.utf8), Data(hex.uppercased().utf8)]
    for before in 0..<3 {
      let base64 = (Data(count: before) + bytes + Data(count: 3)).base64EncodedString()
      // What stands around it changes the first and the last characters.
      let inner = base64.prefix((before + bytes.count) / 3 * 4).dropFirst([0, 2, 3][before])
      spellings.append(Data(inner.utf8))
      spellings.append(
        Data(
          inner.utf8.map {
            $0 == UInt8(ascii: "+") ? UInt8(ascii: "-") : $0 == UInt8(ascii: "/") ? UInt8(ascii: "_") : $0
          }))
    }
    return spellings
  }

  /// The labels of what is in `haystack`.
  package func found(in haystack: Data) -> Set<String> {
    var labels: Set<String> = []
    haystack.withUnsafeBytes { hay in
      for (label, needle) in spellings where !labels.contains(label) {
        let isThere = needle.withUnsafeBytes {
          Self.search(hay.baseAddress, hay.count, $0.baseAddress, $0.count) != nil
        }
        if isThere { labels.insert(label) }
      }
    }
    return labels
  }

  package func found(in text: String) -> Set<String> { found(in: Data(text.utf8)) }

  /// The labels of what is in the names and contents of all files of a folder.
  package func found(inFolder path: String) throws -> Set<String> {
    var labels: Set<String> = []
    for name in try FileManager.default.subpathsOfDirectory(atPath: path) {
      labels.formUnion(found(in: name))
      var isFolder: ObjCBool = false
      let file = path + "/" + name
      guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder), !isFolder.boolValue else { continue }
      labels.formUnion(found(in: try Data(contentsOf: URL(fileURLWithPath: file))))
    }
    return labels
  }

  /// The labels of what is in the memory of a running process, over everything that it may read itself.
  ///
  /// - Parameter isWritableOnly: whether to leave out what it cannot change: its programs and other files' contents.
  /// - Returns: the labels, how many bytes were searched, and in which mappings something was.
  package func found(
    inMemoryOf process: Int32, isWritableOnly: Bool = false
  ) throws(ProcessFailure) -> (labels: Set<String>, byteCount: Int, places: Set<String>) {
    let memory = open("/proc/\(process)/mem", O_RDONLY | O_CLOEXEC)
    guard memory >= 0 else {
      throw .unexpectedOutput("the memory of process \(process) cannot be read: \(errno)")
    }
    defer { close(memory) }
    let maps = try KernelFile.text("/proc/\(process)/maps")
    let overlap = spellings.map(\.bytes.count).max() ?? 0
    var labels: Set<String> = []
    var places: Set<String> = []
    var total = 0
    var chunk = Data(count: 4 << 20)
    for line in maps.split(separator: "\n") {
      let fields = line.split(separator: " ", maxSplits: 5)
      let ends = fields[0].split(separator: "-").compactMap { Int($0, radix: 16) }
      guard ends.count == 2, fields[1].hasPrefix(isWritableOnly ? "rw" : "r"), !line.contains("[v") else {
        continue
      }
      var place = ends[0]
      while place < ends[1] {
        let wanted = min(chunk.count, ends[1] - place)
        let count = chunk.withUnsafeMutableBytes { pread(memory, $0.baseAddress, wanted, place) }
        guard count > 0 else { break }
        total += count
        let here = found(in: chunk.prefix(count))
        labels.formUnion(here)
        if !here.isEmpty { places.insert(here.sorted().joined(separator: ", ") + " in " + line) }
        if place + count >= ends[1] { break }
        place += max(1, count - overlap)
      }
    }
    return (labels, total, places)
  }
}
