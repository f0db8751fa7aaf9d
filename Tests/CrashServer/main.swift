print("crash-server")
