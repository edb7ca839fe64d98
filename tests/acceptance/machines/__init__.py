"""API and worker processes of folders of their own, on given servers and S3, while something of that fails."""
