"""Device drivers: what reads values out of machines. One driver is one package of files named for its protocol."""
