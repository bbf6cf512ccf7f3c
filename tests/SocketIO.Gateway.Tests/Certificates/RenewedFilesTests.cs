using System.Security.Cryptography;

namespace SocketIO.Gateway.Tests;

/// <summary>Files that change are read again, and those that can't be used are not.</summary>
public sealed class RenewedFilesTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("socketio-renewed-").FullName;
    private readonly Clock _clock = new();
    private readonly List<string> _problems = [];
    private int _loads;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_has_changed_is_read_again_after_ten_seconds_and_what_has_not_is_not()
    {
        Write("a", "1");
        var files = Watch("a");
        Write("a", "2");
        Assert.Equal("1", files.Current);

        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("2", files.Current);
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("2", files.Current);
        Assert.Equal(2, _loads);
    }

    [Fact]
    public void A_link_that_leads_elsewhere_is_a_change_as_mounted_secrets_make_it()
    {
        Write("old", "1");
        Write("new", "2");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, "new"), File.GetLastWriteTimeUtc(Path.Combine(_folder, "old")));
        Link("old");
        var files = Watch("link");

        Link("new");
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("2", files.Current);

        void Link(string target)
        {
            File.Delete(Path.Combine(_folder, "link"));
            File.CreateSymbolicLink(Path.Combine(_folder, "link"), Path.Combine(_folder, target));
        }
    }

    [Fact]
    public void While_new_files_can_not_be_used_the_old_ones_are_and_that_is_said_once()
    {
        Write("a", "1");
        var files = Watch("a");
        Write("a", "half");
        for (var i = 0; i < 3; i++)
        {
            _clock.Advance(TimeSpan.FromSeconds(10));
            Assert.Equal("1", files.Current);
        }

        Assert.Equal(["It is half of a file."], _problems);
        File.Delete(Path.Combine(_folder, "a"));
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("1", files.Current);
        Assert.Equal(2, _problems.Count);
        Write("a", "2");
        _clock.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal("2", files.Current);
    }

    private RenewedFiles<string> Watch(string name)
    {
        var path = Path.Combine(_folder, name);
        return new RenewedFiles<string>([path], () => Load(path), _problems.Add, _clock);
    }

    private string Load(string path)
    {
        _loads++;
        var text = File.ReadAllText(path);
        return text == "half" ? throw new CryptographicException("It is half of a file.") : text;
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder, name), text);

    private sealed class Clock : TimeProvider
    {
        private long _now;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;
    }
}
