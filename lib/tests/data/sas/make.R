# Makes the two SAS data sets beside this file from the tables of adam_samples.py: R 4.2.2, haven 2.5.1, Rscript make.R
suppressMessages(library(haven))
adsl <- data.frame(USUBJID=paste0("A-",1:4), TRT01P=c("Low","Low","High","High"), MRDRESP=c("Y","N","Y",""), MRDRDY=c(29,NA,71,NA),
  HSCTFL=c("Y","N","N",""), SITE=c("K\u00f6ln","Ulm","Ulm","Berlin"))
adtte <- data.frame(USUBJID=paste0("A-",c(1:4,1,3)), PARAMCD=c(rep("OS",4),"RFS","RFS"), PARAM=c(rep("Overall survival",4),rep("Relapse-free survival",2)),
  AVAL=c(100,250,40,31,60,40), AVALU="DAYS", CNSR=c(0,1,0,2,0,1),
  STARTDT=as.Date(c(rep("2011-01-01",4),NA,NA)), ADT=as.Date(c("2011-04-11","2011-09-08","2011-02-09","2011-02-01",NA,NA)))
write_sas(adsl, "adsl.sas7bdat"); write_sas(adtte, "adtte.sas7bdat")
