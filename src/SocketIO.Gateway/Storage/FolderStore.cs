// A record is a file of its own: written beside, forced to the disk, and renamed into its place. After a crash there is the old one or the new one, never a part.
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SocketIO.Gateway;

/// <summary>
/// Keeps records in a folder, each with a tag that changes with every write. What <see cref="Write"/> has returned for survives the end of the process and of the
/// machine. One process at a time has the folder. Thread-safe.
/// </summary>
public sealed partial class FolderStore : IDisposable
{
    private const int TagBytes = 8;
    private const int ChecksumBytes = 16;
    private const int HeaderBytes = 8 + TagBytes + ChecksumBytes + sizeof(int);
    private const string Beside = ".new";

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);

    private readonly string _folder;
    private readonly FileStream _lock;
    private readonly Lock[] _gates = [.. Enumerable.Range(0, 64).Select(static _ => new Lock())];

    /// <summary>Opens a folder, which is made where it does not exist.</summary>
    /// <param name="folder">Its path.</param>
    /// <exception cref="IOException">Another process has it, or it can't be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">It can't be written to.</exception>
    public FolderStore(string folder)
    {
        _folder = Directory.CreateDirectory(folder).FullName;
        _lock = new FileStream(Path.Combine(_folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        try
        {
            foreach (var unfinished in Directory.EnumerateFiles(_folder, "*" + Beside, SearchOption.AllDirectories))
            {
                File.Delete(unfinished);
            }

            Disk.Sync(_folder);
            Disk.Sync(Path.GetDirectoryName(_folder)!);
        }
        catch
        {
            _lock.Dispose();
            throw;
        }
    }

    private static ReadOnlySpan<byte> Magic => "SIOrec\0\u0001"u8;

    /// <summary>Reads a record.</summary>
    /// <param name="key">Its key.</param>
    /// <returns><see langword="null"/>: there is none.</returns>
    /// <exception cref="InvalidDataException">The file is not as it was written.</exception>
    public FolderRecord? Read(string key)
    {
        var (path, gate) = Locate(key);
        lock (gate)
        {
            return Read(path, key);
        }
    }

    /// <summary>Writes a record if it is as the caller knows it; when this returns it is on the disk.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="tag">The tag of the record that is replaced; <see langword="null"/>: there is none.</param>
    /// <param name="data">What it holds.</param>
    /// <returns>The new tag, or <see langword="null"/>: the record is another one.</returns>
    public string? Write(string key, string? tag, ReadOnlySpan<byte> data)
    {
        var (path, gate) = Locate(key);
        lock (gate)
        {
            if (Read(path, key)?.Tag != tag)
            {
                return null;
            }

            var bytes = Encode(key, data, out var next);
            var shard = Path.GetDirectoryName(path)!;
            if (!Directory.Exists(shard))
            {
                Directory.CreateDirectory(shard);
                Disk.Sync(_folder);
            }

            using (var file = new FileStream(path + Beside, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
            {
                file.Write(bytes);
                file.Flush(flushToDisk: true);
            }

            File.Move(path + Beside, path, overwrite: true);
            Disk.Sync(shard);
            return next;
        }
    }

    /// <summary>Removes a record if it is as the caller knows it.</summary>
    /// <param name="key">Its key.</param>
    /// <param name="tag">Its tag.</param>
    /// <returns><see langword="false"/>: the record is another one.</returns>
    public bool Remove(string key, string? tag)
    {
        var (path, gate) = Locate(key);
        lock (gate)
        {
            if (Read(path, key)?.Tag != tag)
            {
                return false;
            }

            if (tag is not null)
            {
                File.Delete(path);
                Disk.Sync(Path.GetDirectoryName(path)!);
            }

            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private (string Path, Lock Gate) Locate(string key)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(key));
        var name = Convert.ToHexStringLower(hash);
        return (Path.Combine(_folder, name[..2], name[2..]), _gates[hash[^1] % _gates.Length]);
    }

    private static byte[] Encode(string key, ReadOnlySpan<byte> data, out string tag)
    {
        var name = Encoding.UTF8.GetBytes(key);
        var bytes = new byte[HeaderBytes + name.Length + data.Length];
        Magic.CopyTo(bytes);
        RandomNumberGenerator.Fill(bytes.AsSpan(Magic.Length, TagBytes));
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(HeaderBytes - sizeof(int)), name.Length);
        name.CopyTo(bytes.AsSpan(HeaderBytes));
        data.CopyTo(bytes.AsSpan(HeaderBytes + name.Length));
        Checksum(bytes).CopyTo(bytes.AsSpan(Magic.Length + TagBytes));
        tag = Convert.ToHexStringLower(bytes.AsSpan(Magic.Length, TagBytes));
        return bytes;
    }

    private static FolderRecord? Read(string path, string key)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        var bytes = File.ReadAllBytes(path);
        var length = bytes.Length < HeaderBytes ? -1 : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(HeaderBytes - sizeof(int)));
        if (length < 0
            || length > bytes.Length - HeaderBytes
            || !bytes.AsSpan().StartsWith(Magic)
            || !Checksum(bytes).SequenceEqual(bytes.AsSpan(Magic.Length + TagBytes, ChecksumBytes))
            || Utf8.GetString(bytes, HeaderBytes, length) != key)
        {
            throw new InvalidDataException($"{path} is no record of \"{key}\", or is damaged: restore it from a backup, or delete it and lose what it held.");
        }

        return new FolderRecord(Convert.ToHexStringLower(bytes.AsSpan(Magic.Length, TagBytes)), bytes.AsMemory(HeaderBytes + length));
    }

    // Of everything but itself.
    private static ReadOnlySpan<byte> Checksum(byte[] bytes)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(bytes.AsSpan(0, Magic.Length + TagBytes));
        hash.AppendData(bytes.AsSpan(Magic.Length + TagBytes + ChecksumBytes));
        return hash.GetHashAndReset().AsSpan(0, ChecksumBytes);
    }
}

/// <summary>A record of a <see cref="FolderStore"/>.</summary>
/// <param name="Tag">Changes with every write.</param>
/// <param name="Data">What it holds.</param>
public sealed record FolderRecord(string Tag, ReadOnlyMemory<byte> Data);
