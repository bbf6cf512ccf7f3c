namespace Deployment.Tests;

/// <summary>The service of systemd is one that systemd takes, and lets the gateway do no more than it has to.</summary>
public sealed class SystemdTests
{
    private static readonly string Unit = File.ReadAllText(Sources.PathOf("deploy", "systemd", "socketio-gateway.service"));

    [Fact]
    public void The_gateway_has_longer_to_stop_than_its_host_takes()
    {
        Assert.Contains("\nEnvironment=ShutdownTimeoutSeconds=60\n", Unit);
        Assert.Contains("\nTimeoutStopSec=75\n", Unit);
    }

    [Fact]
    public void Its_state_is_in_the_folder_that_systemd_gives_it()
    {
        Assert.Contains("\nStateDirectory=socketio-gateway\n", Unit);
        Assert.Contains("\nEnvironment=SocketIO__Silo__Folder=%S/socketio-gateway\n", Unit);
        Assert.Contains("\nDynamicUser=yes\n", Unit);
    }

    [Fact]
    public void The_program_is_the_one_that_is_published() =>
        Assert.Contains("\nExecStart=/usr/bin/dotnet /opt/socketio-gateway/SocketIO.Gateway.dll\n", Unit);

    [SystemdFact]
    public void Systemd_takes_it_and_finds_little_exposed()
    {
        var folder = Directory.CreateTempSubdirectory("socketio-unit-").FullName;
        try
        {
            // A program that is here: systemd looks whether there is one.
            var file = Path.Combine(folder, "socketio-gateway.service");
            File.WriteAllText(file, Unit.Replace("/usr/bin/dotnet", "/bin/sh", StringComparison.Ordinal));

            var verified = Tool.Run("systemd-analyze", ["verify", file]);
            Assert.True(verified.ExitCode == 0, verified.Error);
            Assert.DoesNotContain("socketio-gateway", verified.Error);

            // In tenths: 10 is all, and 2.5 is what systemd itself takes for well protected.
            var exposed = Tool.Run("systemd-analyze", ["security", "--offline=true", "--no-pager", "--threshold=25", file]);
            Assert.True(exposed.ExitCode == 0, exposed.Output + exposed.Error);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Left out where there is no systemd, which is not to be had everywhere.</summary>
    [AttributeUsage(AttributeTargets.Method)]
    private sealed class SystemdFactAttribute : FactAttribute
    {
        public SystemdFactAttribute() => Skip = Tool.Has("systemd-analyze") ? null : "systemd-analyze is not here.";
    }
}
