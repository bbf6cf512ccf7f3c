namespace SocketIO.Gateway.Tests;

/// <summary>What was written is there, whole, and nobody overwrites what he has not seen.</summary>
public sealed class FolderStoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-store-").FullName;
    private FolderStore _store;

    public FolderStoreTests() => _store = new FolderStore(_folder);

    public void Dispose()
    {
        _store.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public void What_was_written_is_read_by_the_next_process()
    {
        var tag = _store.Write("a", null, [1, 2, 3]);
        _store.Write("b", null, []);
        Reopen();

        Assert.Equal(tag, _store.Read("a")!.Tag);
        Assert.Equal([1, 2, 3], _store.Read("a")!.Data.ToArray());
        Assert.Empty(_store.Read("b")!.Data.ToArray());
        Assert.Null(_store.Read("c"));
    }

    [Fact]
    public void Who_has_not_seen_the_latest_does_not_overwrite_it()
    {
        var first = _store.Write("a", null, [1]);
        Assert.Null(_store.Write("a", null, [2]));
        var second = _store.Write("a", first, [2]);
        Assert.NotNull(second);
        Assert.NotEqual(first, second);

        Assert.Null(_store.Write("a", first, [3]));
        Assert.False(_store.Remove("a", first));
        Assert.False(_store.Remove("a", null));
        Assert.Equal([2], _store.Read("a")!.Data.ToArray());
        Assert.True(_store.Remove("a", second));
        Assert.Null(_store.Read("a"));
        Assert.True(_store.Remove("a", null));
        Assert.Null(_store.Write("a", second, [4]));
    }

    [Fact]
    public void A_record_that_was_removed_and_made_again_is_another_one()
    {
        var old = _store.Write("a", null, [1]);
        _store.Remove("a", old);
        _store.Write("a", null, [1]);

        Assert.Null(_store.Write("a", old, [2]));
    }

    [Fact]
    public async Task Of_those_who_write_at_once_each_builds_on_the_one_before()
    {
        var writers = Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var written = 0; written < 50;)
            {
                var record = _store.Read("counter");
                written += _store.Write("counter", record?.Tag, BitConverter.GetBytes((record is null ? 0 : BitConverter.ToInt32(record.Data.Span)) + 1)) is null ? 0 : 1;
            }
        }));
        await Task.WhenAll(writers);

        Assert.Equal(200, BitConverter.ToInt32(_store.Read("counter")!.Data.Span));
    }

    [Fact]
    public void What_a_crash_left_unfinished_was_never_written()
    {
        _store.Write("a", null, [1]);
        var file = FindRecord();
        File.WriteAllBytes(file + ".new", [1, 2, 3]);
        Reopen();

        Assert.Equal([1], _store.Read("a")!.Data.ToArray());
        Assert.False(File.Exists(file + ".new"));
    }

    [Fact]
    public void A_damaged_record_is_told_from_a_missing_one()
    {
        _store.Write("a", null, [1, 2, 3, 4]);
        var file = FindRecord();
        var whole = File.ReadAllBytes(file);
        for (var i = 0; i < whole.Length; i++)
        {
            var damaged = whole.ToArray();
            damaged[i] ^= 1;
            File.WriteAllBytes(file, damaged);
            Assert.Contains(file, Assert.Throws<InvalidDataException>(() => _store.Read("a")).Message);
            File.WriteAllBytes(file, whole[..i]);
            Assert.Throws<InvalidDataException>(() => _store.Read("a"));
        }
    }

    [Fact]
    public void One_process_at_a_time_has_the_folder()
    {
        Assert.Throws<IOException>(() => new FolderStore(_folder));
        Reopen();
    }

    [Theory]
    [InlineData("../../escape")]
    [InlineData("/etc/passwd")]
    [InlineData("a\0b")]
    [InlineData("")]
    [InlineData("ünï☃")]
    public void Any_key_is_a_key(string key)
    {
        var tag = _store.Write(key, null, [7]);

        Assert.Equal(tag, _store.Read(key)!.Tag);
        Assert.All(Directory.EnumerateFiles(_folder, "*", SearchOption.AllDirectories), file => Assert.StartsWith(_folder, Path.GetFullPath(file), StringComparison.Ordinal));
    }

    private void Reopen()
    {
        _store.Dispose();
        _store = new FolderStore(_folder);
    }

    private string FindRecord() => Directory.EnumerateDirectories(_folder).SelectMany(Directory.EnumerateFiles).Single();
}
