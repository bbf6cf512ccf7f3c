// A chat in one process: rooms, presence, typing notices, private messages, images, recovery. The page is in wwwroot.
//
//   dotnet run --project samples/Chat [-- --urls http://127.0.0.1:8080]
using Chat;

var app = ChatApplication.Create(args);
app.Lifetime.ApplicationStarted.Register(() => Console.WriteLine($"Chat is at {string.Join(" and ", app.Urls)} (Ctrl+C stops it)"));
await app.RunAsync();
