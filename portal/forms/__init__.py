"""What people type into the pages, checked and turned into what the services take."""
